// The container's health check: exits 0 when HEALTHY_URL answers with 2xx within 3 s.
const reply = await fetch(process.env.HEALTHY_URL, { signal: AbortSignal.timeout(3000) }).catch((error) => ({
  ok: false,
  status: error.message,
}));
if (!reply.ok) {
  process.stderr.write(`${process.env.HEALTHY_URL}: ${reply.status}\n`);
  process.exitCode = 1;
}
