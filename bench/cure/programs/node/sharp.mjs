// Images resized by sharp, 16 at a time: sharp.mjs CONCURRENCY IMAGES. 0: sharp's own choice.
import sharp from 'sharp';
import { span, working } from './span.mjs';

const [concurrency, images] = process.argv.slice(2).map(Number);
if (concurrency > 0) sharp.concurrency(concurrency);
sharp.cache(false);
const noise = Buffer.alloc(1200 * 800 * 3);
for (let i = 0; i < noise.length; i++) noise[i] = (i * 31 + (i >> 7) * 17) & 255;
const source = await sharp(noise, { raw: { width: 1200, height: 800, channels: 3 } })
  .jpeg()
  .toBuffer();
const resize = () => sharp(source).resize(600).sharpen().webp({ effort: 1 }).toBuffer();
await Promise.all(Array.from({ length: 16 }, resize));
let left = images;
const start = working();
await Promise.all(
  Array.from({ length: 16 }, async () => {
    while (left-- > 0) await resize();
  }),
);
span(start, images);
