import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { hostTasks } from './host-tasks.js';
import type { WriterData } from './writer-data.js';
import { TASKS } from './tasks.js';

if (!isMainThread && parentPort !== null) hostTasks(parentPort, workerData as WriterData, TASKS);
