-- The executions that took a second or more: few among millions, and not written for the many short ones.
CREATE INDEX executions_long ON executions (duration_ms) WHERE duration_ms >= 1000;
