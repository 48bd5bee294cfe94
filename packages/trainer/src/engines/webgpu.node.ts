import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { EngineAbsentError, type EngineDriver, type EngineOptions, reasonOf } from './engine.ts';
import { findPackage, loadPackage } from './optionalPackage.node.ts';

/** The parts of WebGPU that choose a device. */
interface Gpu {
  requestAdapter(options: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}
interface Adapter {
  readonly info: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>> & {
    readonly isFallbackAdapter?: boolean;
  };
}
interface Dawn {
  create(flags: readonly string[]): Gpu;
  readonly globals: object;
}

const DAWN = 'webgpu';
const BACKEND = '@tensorflow/tfjs-backend-webgpu';

/** Dawn stops working once nothing refers to it any more. */
const running = new Set<Gpu>();

/** Any GPU through Dawn (npm `webgpu`), which speaks Vulkan, Metal and Direct3D 12. */
export const webgpu: EngineDriver = {
  install: `npm install ${DAWN} ${BACKEND}`,
  async start(options) {
    const dawn = findPackage(DAWN);
    const backend = findPackage(BACKEND);
    const module = (await import(pathToFileURL(dawn.main).href).catch((error: unknown) => {
      throw new EngineAbsentError(`${DAWN} is installed but does not load: ${reasonOf(error)}`, { cause: error });
    })) as Dawn;
    Object.assign(globalThis, module.globals);
    const gpu = module.create(options.device === undefined ? [] : [`adapter=${options.device}`]);
    running.add(gpu);
    const adapter = await requestAdapter(gpu, options);
    await withNavigator(gpu, async () => {
      loadPackage(backend, BACKEND);
      if (!(await tf.setBackend('webgpu'))) throw new EngineAbsentError(`${BACKEND} loads but does not start`);
      await tf.ready();
    });
    return {
      name: BACKEND,
      version: backend.version,
      library: `${DAWN} ${dawn.version}`,
      kernels: null,
      device: isSoftware(adapter) ? null : nameOf(adapter),
    };
  },
};

async function requestAdapter(gpu: Gpu, { device }: EngineOptions): Promise<Adapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch((error: unknown) => {
    throw new EngineAbsentError(`no WebGPU adapter: ${reasonOf(error)}`, { cause: error });
  });
  if (adapter === null)
    throw new EngineAbsentError(
      `no WebGPU adapter${device === undefined ? '' : ` of the name ${device}`}: a graphics driver (Vulkan, Metal or Direct3D 12) is needed`,
    );
  return adapter;
}

/** Drivers that draw on the processor: some twenty times slower than the wasm engine. */
function isSoftware({ info }: Adapter): boolean {
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(nameOf({ info }));
}

function nameOf({ info }: Adapter): string {
  const parts = [info.vendor, info.architecture, info.device, info.description].filter((part) => part !== '');
  return parts.join(' ').trim();
}

/** The backend looks for `navigator.gpu` while it starts; Node does not end while that is there. */
async function withNavigator(gpu: Gpu, start: () => Promise<void>): Promise<void> {
  const scope = globalThis as { navigator?: object };
  const navigator = (scope.navigator ??= {});
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  try {
    await start();
  } finally {
    Reflect.deleteProperty(navigator, 'gpu');
  }
}
