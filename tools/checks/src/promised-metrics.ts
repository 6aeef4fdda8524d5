/** Metrics that dashboards and people outside this repository rely on by name, with their labels. */
export const promisedMetrics: Readonly<Record<string, readonly string[]>> = {
  lumina_requests_total: ['method', 'route', 'status'],
  lumina_request_duration_seconds: [],
  lumina_runs_total: ['agent', 'outcome'],
  lumina_run_duration_seconds: [],
  lumina_run_queue_wait_seconds: [],
  lumina_runs_recovered_total: ['cause'],
  lumina_tool_invocations_total: ['tool', 'status'],
  lumina_tool_duration_seconds: ['tool'],
  lumina_tool_errors_total: ['tool', 'type'],
  lumina_llm_requests_total: ['provider', 'model', 'status'],
  lumina_llm_tokens_total: ['provider', 'model', 'type'],
  lumina_llm_duration_seconds: [],
  lumina_llm_time_to_first_token_seconds: [],
  lumina_llm_cost_usd_total: ['provider', 'model'],
  lumina_llm_fallbacks_total: [],
  lumina_cache_operations_total: ['tool', 'operation', 'result'],
  lumina_rate_limited_total: ['scope', 'tool'],
  lumina_security_events_total: ['type'],
  lumina_checkpoint_operations_total: [],
  lumina_checkpoint_bytes: [],
  lumina_queue_jobs: ['queue', 'state'],
  lumina_queue_oldest_job_age_seconds: ['queue'],
  lumina_active_threads: [],
  lumina_feedback_total: ['category', 'rating'],
  lumina_accuracy_ratio: ['category'],
};

/** What would make a series for each of something that has no end. */
export const unboundedLabels: readonly string[] = [
  ...['run', 'thread', 'tenant', 'user', 'key', 'item', 'request', 'trace', 'session', 'digest'],
  ...['path', 'url', 'host', 'address', 'ip', 'pid', 'message', 'error', 'query', 'version_id'],
];
