import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cpusNear } from '../../../lib/core/machine/gpu.js';
import type { Gpu, Host } from '../../../lib/core/machine/host.js';
import { withVisibleGpus } from '../../../lib/core/machine/visible-gpus.js';
import { madeHost } from '../../helpers/machine/hosts.js';
import { badInputError, holds } from '../../helpers/property.js';

/** A machine with GPUs of these vendors, in the order of their addresses, each with its own CPU. */
const machine = (...vendors: string[]): Host => ({
  ...madeHost({ cores: 8 }),
  gpus: vendors.map(
    (vendor, i): Gpu => ({ address: `0000:${10 + i}:00.0`, vendor, device: null, numa: null, cpus: [i] }),
  ),
});
const FOUR = machine('NVIDIA', 'NVIDIA', 'NVIDIA', 'NVIDIA');
const AMDS = machine('AMD', 'AMD', 'AMD', 'AMD');
/** As in a workstation: the processor's own graphics, then cards. */
const MIXED = machine('Intel', 'NVIDIA', 'AMD', 'NVIDIA', 'AMD');
/** The CPU of each visible GPU. */
const seen = (host: Host, environment: Record<string, string>) =>
  cpusNear('gpu', withVisibleGpus(host, environment).host)!.flat().join(' ');

describe('visible GPUs: CUDA_VISIBLE_DEVICES', () => {
  const sees = (value: string) => seen(FOUR, { CUDA_VISIBLE_DEVICES: value });

  it('selects the GPUs that it names, in its order', () => {
    assert.equal(sees('2,3'), '2 3');
    assert.equal(sees('3,1'), '3 1');
    assert.equal(sees(' 0 , 2 '), '0 2');
  });
  it('stops at the first invalid entry', () => {
    assert.equal(sees('0,2,-1,1'), '0 2');
    assert.equal(sees('1,4,0'), '1');
    assert.equal(sees('1,,0'), '1');
    assert.equal(sees('1,0x2'), '1');
  });
  it('selects all if it is unset', () => assert.equal(seen(FOUR, { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }), '0 1 2 3'));
  it('is rejected with near if it hides all', () => {
    for (const value of ['', '-1', 'NoDevFiles', '4', '99999999999999999999']) {
      assert.throws(
        () => sees(value),
        badInputError(
          new RegExp(`^invalid near "gpu": expected a visible GPU; CUDA_VISIBLE_DEVICES=${value} hides all 4$`),
        ),
      );
    }
  });
  it('reports a UUID, which cannot be resolved, and selects all', () => {
    for (const value of ['GPU-8932f937-d72c-4106-c12f-20bd9faed9f6', 'GPU-89', '0,GPU-89', 'MIG-GPU-89/1/0']) {
      assert.deepEqual(withVisibleGpus(FOUR, { CUDA_VISIBLE_DEVICES: value }), {
        host: FOUR,
        unresolved: { name: 'CUDA_VISIBLE_DEVICES', value },
      });
    }
  });
});

describe("visible GPUs: ROCm's variables", () => {
  it('HIP selects from what ROCR left', () => {
    assert.equal(seen(AMDS, { ROCR_VISIBLE_DEVICES: '3,1' }), '3 1');
    assert.equal(seen(AMDS, { HIP_VISIBLE_DEVICES: '2' }), '2');
    assert.equal(seen(AMDS, { ROCR_VISIBLE_DEVICES: '3,1', HIP_VISIBLE_DEVICES: '1' }), '1');
  });
  it("CUDA's variable if HIP's is unset", () => {
    assert.equal(seen(AMDS, { CUDA_VISIBLE_DEVICES: '2' }), '2');
    assert.equal(seen(AMDS, { CUDA_VISIBLE_DEVICES: '2', HIP_VISIBLE_DEVICES: '1' }), '1');
    assert.equal(seen(AMDS, { CUDA_VISIBLE_DEVICES: '1', ROCR_VISIBLE_DEVICES: '2,3' }), '3');
  });
  it('a UUID selects all', () => {
    const environment = { ROCR_VISIBLE_DEVICES: '0,GPU-4b2c1a9f', HIP_VISIBLE_DEVICES: '0' };
    assert.deepEqual(withVisibleGpus(AMDS, environment).unresolved, {
      name: 'ROCR_VISIBLE_DEVICES',
      value: '0,GPU-4b2c1a9f',
    });
    assert.equal(seen(AMDS, environment), '0 1 2 3');
  });
});

describe('visible GPUs: of several vendors', () => {
  it("each variable numbers its vendor's GPUs, and hides other vendors'", () => {
    assert.equal(seen(MIXED, { CUDA_VISIBLE_DEVICES: '1' }), '3');
    assert.equal(seen(MIXED, { CUDA_VISIBLE_DEVICES: '1,0' }), '3 1');
    assert.equal(seen(MIXED, { HIP_VISIBLE_DEVICES: '1' }), '4');
    assert.equal(seen(MIXED, { CUDA_VISIBLE_DEVICES: '0', HIP_VISIBLE_DEVICES: '0' }), '1 2');
    assert.equal(seen(MIXED, { CUDA_VISIBLE_DEVICES: '0', HIP_VISIBLE_DEVICES: '' }), '1');
    assert.equal(seen(MIXED, {}), '0 1 2 3 4');
  });
  it('a variable of a vendor without GPUs here does nothing', () => {
    assert.equal(seen(machine('Intel', 'Intel'), { CUDA_VISIBLE_DEVICES: '1', HIP_VISIBLE_DEVICES: '' }), '0 1');
    assert.equal(seen(FOUR, { ROCR_VISIBLE_DEVICES: '1' }), '0 1 2 3');
  });
  it('any values: GPUs of the machine, or an error; the rest of the host is unchanged', () => {
    const value = fc.option(
      fc.oneof(
        fc.string(),
        fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 8 }).map(numbers => numbers.join()),
      ),
      { nil: undefined },
    );
    const vendors = fc.array(fc.constantFrom('NVIDIA', 'AMD', 'Intel', '0x1234'), { maxLength: 6 });
    holds([vendors, value, value, value], (of, cuda, rocr, hip) => {
      const host = machine(...of);
      try {
        const found = withVisibleGpus(host, {
          CUDA_VISIBLE_DEVICES: cuda,
          ROCR_VISIBLE_DEVICES: rocr,
          HIP_VISIBLE_DEVICES: hip,
        }).host;
        assert.ok(
          found.gpus.every(gpu => host.gpus.includes(gpu)) && (found.gpus.length > 0 || host.gpus.length === 0),
        );
        assert.deepEqual({ ...found, gpus: [] }, { ...host, gpus: [] });
      } catch (error) {
        badInputError(/^invalid near "gpu": expected a visible GPU; /)(error);
      }
    });
  });
});
