// Reads the filters of deliveries, which ListDeliveriesRequest.filter documents.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_DELIVERY_FILTER_H_
#define HOOKD_API_CONVERSION_DELIVERY_FILTER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"
#include "store/delivery_query.h"
#include "store/records.h"

namespace hookd {

// Reads `filter` into conditions on deliveries of `project`, of which the resources must be that it names.
// Adds errors to `violations` under `filter`; the result must not be used then. The fields of the event's
// content are set in `content`; without it, there are no such fields.
DeliveryFilter ReadDeliveryFilter(absl::string_view filter, const std::string& project,
                                  FieldViolations& violations, std::vector<ContentKey>* content = nullptr);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_DELIVERY_FILTER_H_
