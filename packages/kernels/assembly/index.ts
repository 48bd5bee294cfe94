export { convBnRelu, convBnReluGradient, convBnReluScratch } from './convBnRelu';
export { add, copyChannels, placeChannels, spreadPixels } from './elementwise';
export { maxPool, maxPoolGradient } from './maxPool';
export { rmsProp, sumOfSquares } from './optimizer';
