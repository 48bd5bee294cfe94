// Removes the package's dist before it is built anew, or files whose source is gone would be published with the rest.

import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
