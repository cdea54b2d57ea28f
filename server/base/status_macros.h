// Early return of errors from functions that return absl::Status or absl::StatusOr.
#ifndef HOOKD_BASE_STATUS_MACROS_H_
#define HOOKD_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status of `expression` from the function, unless it is OK.
#define HOOKD_RETURN_IF_ERROR(expression)        \
  do {                                           \
    absl::Status hookd_status = (expression);    \
    if (!hookd_status.ok()) return hookd_status; \
  } while (false)

// Assigns the value of `expression`, an absl::StatusOr, to `target`, which may be a declaration; returns its
// status from the function if it has no value.
#define HOOKD_ASSIGN_OR_RETURN(target, expression) \
  HOOKD_ASSIGN_OR_RETURN_IMPL(HOOKD_CONCATENATE(hookd_status_or_, __LINE__), target, expression)

// NOLINTBEGIN(bugprone-macro-parentheses): these are names and a declaration
#define HOOKD_ASSIGN_OR_RETURN_IMPL(status_or, target, expression) \
  auto status_or = (expression);                                   \
  if (!status_or.ok()) return std::move(status_or).status();       \
  target = *std::move(status_or)
// NOLINTEND(bugprone-macro-parentheses)

#define HOOKD_CONCATENATE(a, b) HOOKD_CONCATENATE_IMPL(a, b)
#define HOOKD_CONCATENATE_IMPL(a, b) a##b

#endif  // HOOKD_BASE_STATUS_MACROS_H_
