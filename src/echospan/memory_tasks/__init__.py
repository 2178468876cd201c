"""Tasks with one number that sets their difficulty, for the span's search."""

from echospan.memory_tasks.choose import memory_task_of, task_names

__all__ = ["memory_task_of", "task_names"]
