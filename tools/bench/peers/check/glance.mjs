// A first look at what a peer costs. The bench measures; this only shows whether a figure is in the right region.
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

const clients = 32;
const warmUpMs = 2000;
const request = {
  path: '/run',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ work: 'agent' }),
};

export async function takeAGlance({ url, pids }, seconds) {
  const pool = new Pool(url, { connections: clients });
  await runUntil(pool, performance.now() + warmUpMs);
  const [cpuBefore, beganMs] = [cpuSeconds(pids), performance.now()];
  const runs = await runUntil(pool, beganMs + seconds * 1000);
  const [cpu, took] = [cpuSeconds(pids) - cpuBefore, (performance.now() - beganMs) / 1000];
  await pool.destroy();
  return {
    'runs/s': Math.round(runs / took),
    'CPU-s/1,000': Number(((cpu / runs) * 1000).toFixed(2)),
    MB: Math.round(pids.reduce((sum, pid) => sum + residentMb(pid), 0)),
  };
}

async function runUntil(pool, endMs) {
  let runs = 0;
  const client = async () => {
    for (; performance.now() < endMs; runs += 1) {
      const { statusCode, body } = await pool.request(request);
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return runs;
}

/** User and system time; Linux counts in hundredths of a second. */
function cpuSeconds(pids) {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
