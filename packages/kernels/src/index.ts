export { type Installation, removeKernels, startWithKernels } from './install.ts';
