"""Running: experiments and recipes, into the store."""

from echospan.observer import Observer, Stop, Stopped
from echospan.runner.result import summary_of
from echospan.runner.session import Session
from echospan.runner.study import check, resume, resume_all, run_recipe

__all__ = [
    "Observer",
    "Session",
    "Stop",
    "Stopped",
    "check",
    "resume",
    "resume_all",
    "run_recipe",
    "summary_of",
]
