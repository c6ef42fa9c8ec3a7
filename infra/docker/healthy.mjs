// The container's health check: exits 0 when HEALTHY_URL returns 2xx within 3 s.
const response = await fetch(process.env.HEALTHY_URL, { signal: AbortSignal.timeout(3000) }).catch((error) => ({
  ok: false,
  status: error.message,
}));
if (!response.ok) {
  process.stderr.write(`${process.env.HEALTHY_URL}: ${response.status}\n`);
  process.exitCode = 1;
}
