const limitMs = 20_000;

let count = 0;
let failures = 0;

/** Tries one thing and tells how it went. */
export async function exercise(name, attempt) {
  count++;
  try {
    await within(limitMs, attempt());
    console.log(`ok ${name}`);
  } catch (error) {
    failures++;
    const story = error instanceof Error ? error.stack : JSON.stringify(error);
    console.log(`not ok ${name}\n  ${String(story).split('\n').join('\n  ')}`);
  }
}

/** What cannot be tried here is told too. */
export function skipped(name, reason) {
  count++;
  console.log(`ok ${name} # SKIP ${reason}`);
}

/** Says how many exercises there were, and ends the process: some clients of the SDK keep it alive. */
export function finish() {
  console.log(`1..${count}`);
  process.exit(failures === 0 ? 0 : 1);
}

/** Asks again until the answer is good, or the limit is over. */
export async function eventually(ask, isGood = Boolean) {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)} after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether the call was refused; over HTTP the SDK resolves to some errors instead of rejecting. */
export async function refused(call) {
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
