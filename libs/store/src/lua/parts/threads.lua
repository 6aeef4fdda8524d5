-- Threads: where its tenant looks for them.
--
-- KEYS:    none of its own.
-- ARGV:    none.
-- Output:  none.
-- Effects: adds a thread to the tenant's threads, and to each label.
-- Puts a thread where its tenant looks for threads, by the time of its creation.
local function listThread(prefix, tenant, thread, createdMs, labels)
  redis.call('ZADD', prefix .. 'threads:' .. tenant, createdMs, thread)
  for _, label in ipairs(labels) do
    redis.call('ZADD', prefix .. 'label:' .. tenant .. ':' .. label, createdMs, thread)
  end
end
