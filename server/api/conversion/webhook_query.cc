#include "api/conversion/webhook_query.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "api/conversion/filter.h"
#include "api/conversion/filter_fields.h"
#include "hookd/v1/webhook.pb.h"

namespace hookd {
namespace {

struct Order {
  absl::string_view name;
  WebhookOrder order;
};

constexpr Order kOrders[] = {{"id", WebhookOrder::kId},
                             {"display_name", WebhookOrder::kDisplayName},
                             {"create_time", WebhookOrder::kCreateTime},
                             {"last_failure_time", WebhookOrder::kLastFailureTime},
                             {"failing_since", WebhookOrder::kFailingSince},
                             {"consecutive_failures", WebhookOrder::kConsecutiveFailures},
                             {"pending_deliveries", WebhookOrder::kPendingDeliveries}};

std::string NamesOfOrders() {
  return absl::StrJoin(kOrders, ", ", [](std::string* out, const Order& order) {
    absl::StrAppend(out, std::string(order.name));
  });
}

}  // namespace

void ReadWebhookFilter(absl::string_view filter, WebhookQuery& query, FieldViolations& violations) {
  std::vector<int> types;
  std::vector<HealthState> states;
  std::vector<CircuitState> circuits;
  ReadFilter(filter,
             {EventTypeField(&types), BoolField("enabled", &query.enabled),
              EnumField("health", v1::HealthState_descriptor(), "HEALTH_STATE_", &states),
              EnumField("circuit", v1::CircuitState_descriptor(), "CIRCUIT_STATE_", &circuits)},
             violations);
  for (const int type : types) query.event_types.set(static_cast<size_t>(type));
  for (const HealthState state : states) query.states.set(static_cast<size_t>(state));
  for (const CircuitState circuit : circuits) query.circuits.set(static_cast<size_t>(circuit));
}

void ReadWebhookOrder(absl::string_view order_by, WebhookQuery& query, FieldViolations& violations) {
  const std::vector<absl::string_view> words = absl::StrSplit(order_by, ' ', absl::SkipWhitespace());
  if (words.empty()) return;
  const bool has_direction = words.size() == 2 && (words[1] == "desc" || words[1] == "asc");
  for (const Order& order : kOrders) {
    if (words[0] != order.name || (words.size() > 1 && !has_direction)) continue;
    query.order = order.order;
    query.descending = words.size() == 2 && words[1] == "desc";
    return;
  }
  violations.Add("order_by",
                 absl::StrCat("must be one of ", NamesOfOrders(), ", optionally followed by desc"));
}

std::string ToCursor(const WebhookPosition& position) {
  const std::string name =
      position.project.empty() ? position.id : absl::StrCat(position.project, "/", position.id);
  // By id, as in earlier versions, whose tokens stay valid. An id has no new line and no slash; a text may
  // have any character.
  if (position.has_value && position.number == 0 && position.text.empty()) return name;
  return absl::StrCat(name, "\n", position.has_value ? 1 : 0, "\n", position.number, "\n", position.text);
}

std::optional<WebhookPosition> ToPosition(absl::string_view cursor) {
  const std::vector<absl::string_view> parts = absl::StrSplit(cursor, absl::MaxSplits('\n', 3));
  WebhookPosition position{.has_value = true, .id = std::string(parts[0])};
  if (const size_t slash = parts[0].find('/'); slash != absl::string_view::npos) {
    position.project = std::string(parts[0].substr(0, slash));
    position.id = std::string(parts[0].substr(slash + 1));
  }
  if (parts.size() == 1) return position;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[2], &position.number)) return std::nullopt;
  position.has_value = parts[1] == "1";
  position.text = std::string(parts[3]);
  return position;
}

}  // namespace hookd
