const limitMs = 20_000;

let count = 0;
let failures = 0;

/** Runs one exercise and prints its result. */
export async function exercise(name, attempt) {
  count++;
  try {
    await within(limitMs, attempt());
    console.log(`ok ${name}`);
  } catch (error) {
    failures++;
    const message = error instanceof Error ? error.stack : JSON.stringify(error);
    console.log(`not ok ${name}\n  ${String(message).split('\n').join('\n  ')}`);
  }
}

/** Prints an exercise that cannot run here. */
export function skipped(name, reason) {
  count++;
  console.log(`ok ${name} # SKIP ${reason}`);
}

/** Prints the number of exercises and exits: some clients of the SDK would prevent the exit. */
export function finish() {
  console.log(`1..${count}`);
  process.exit(failures === 0 ? 0 : 1);
}

/** Reads until the value is as expected, for at most 10 s. */
export async function eventually(read, isDone = Boolean) {
  const end = Date.now() + 10_000;
  for (;;) {
    const value = await read();
    if (isDone(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)} after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether the call failed; over HTTP the SDK resolves to some errors instead of rejecting. */
export async function rejected(call) {
  try {
    return (await call)?.error !== undefined;
  } catch {
    return true;
  }
}

function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
