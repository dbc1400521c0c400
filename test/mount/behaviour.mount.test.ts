import { mountedWorld } from '../behaviour/mounted-world.js';
import { behaviourSuite } from '../behaviour/suite.js';

behaviourSuite(mountedWorld);
