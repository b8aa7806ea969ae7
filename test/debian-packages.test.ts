import assert from 'node:assert/strict';
import { DEBIAN_PACKAGES, listedPackages } from './helpers/debian.js';

describe('test/debian-packages.txt', () => {
  it('lists every package that a test can ask for', () => {
    const listed = listedPackages();
    assert.deepEqual(
      DEBIAN_PACKAGES.filter(name => !listed.includes(name)),
      [],
    );
  });

  it('lists no package twice, and only names of packages', () => {
    const listed = listedPackages();
    assert.deepEqual(
      listed.filter((name, i) => listed.indexOf(name) !== i || !/^[a-z0-9][a-z0-9+.-]+$/.test(name)),
      [],
    );
  });
});
