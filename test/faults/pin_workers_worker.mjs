// Waits until the pool is closed.
setInterval(() => {}, 1_000_000);
