import { fileURLToPath } from 'node:url';

/** The path of the fitted model that comes with this package. */
export const surrogateModelFile = (): string => fileURLToPath(new URL('../../tables/surrogate.json', import.meta.url));
