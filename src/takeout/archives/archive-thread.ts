import { parentPort } from 'node:worker_threads';
import { makeAnswers } from './answer-archive.js';
import { serveArchives } from './serve-archives.js';

// The module that a thread of `archive-threads.ts` runs.
if (parentPort !== null) serveArchives(parentPort, makeAnswers());
