import { emulatedWorld } from '../behaviour/emulated-world.js';
import { memoryWorld } from '../behaviour/memory-world.js';
import { behaviourSuite } from '../behaviour/suite.js';

behaviourSuite(memoryWorld);
behaviourSuite(emulatedWorld);
