// `npm start`: install, build, then the main job on real images with a report at the end.

import { run, setUp } from './setup.js';

setUp();
process.exitCode = run('nasbench', ['quickstart', ...process.argv.slice(2)]);
