"""The modules that decide, and the tests that hold each of them: unit tests, but for what is decided in a transaction."""

from __future__ import annotations

TESTS: dict[str, tuple[str, ...]] = {
    "clusters/idle_rules": ("tests/unit/clusters/test_idle_rules.py",),
    "clusters/rules": ("tests/unit/clusters/test_rules.py",),
    "costs/rules": ("tests/unit/costs/test_rules.py",),
    "diagnosis/rules": ("tests/unit/diagnosis/test_rules.py",),
    "identity/id_token": ("tests/unit/identity/test_id_token.py",),
    "identity/permissions": ("tests/unit/identity/test_permissions.py",),
    "identity/session_rules": ("tests/unit/identity/test_session_rules.py",),
    "identity/rate_limit/rules": ("tests/unit/identity/rate_limit/test_rules.py",),
    "jobflows/hours": ("tests/unit/jobflows/test_hours.py",),
    "jobflows/launches": ("tests/unit/jobflows/test_launches.py",),
    "keys/rules": ("tests/unit/keys/test_rules.py",),
    "mail/webhooks/rules": ("tests/unit/mail/webhooks/test_rules.py",),
    "runs/attempts": ("tests/unit/runs/test_attempts.py",),
    "runs/comparison/rules": ("tests/unit/runs/test_history.py",),
    "runs/lateness": ("tests/unit/runs/test_lateness.py",),
    "runs/outcomes": ("tests/cloud/runs/test_outcomes.py",),
    "runs/rules": ("tests/unit/runs/test_rules.py",),
    "schedules/concurrency": ("tests/unit/schedules/test_concurrency.py", "tests/unit/schedules/test_slots.py"),
    "schedules/cron": ("tests/unit/schedules/test_cron.py",),
    "schedules/promises": ("tests/unit/schedules/test_promises.py",),
    "schedules/schedule": ("tests/unit/schedules/test_schedule.py", "tests/unit/schedules/test_cron.py"),
    "schedules/triggers": ("tests/unit/schedules/test_triggers.py",),
    "schedules/slots": ("tests/unit/schedules/test_slots.py", "tests/unit/schedules/test_every_slot.py"),
    "costs/forecast": ("tests/unit/costs/test_forecast.py",),
    "runs/right_size": ("tests/unit/runs/test_right_size.py",),
    "costs/accuracy": ("tests/unit/costs/test_accuracy.py",),
    "budgets/rules": ("tests/unit/budgets/test_rules.py",),
    "usage_limits/rules": ("tests/unit/usage_limits/test_rules.py",),
}
