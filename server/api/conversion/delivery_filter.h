// Reads the filters of deliveries, which ListDeliveriesRequest.filter documents.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_DELIVERY_FILTER_H_
#define HOOKD_API_CONVERSION_DELIVERY_FILTER_H_

#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"
#include "store/records.h"

namespace hookd {

// Sets the conditions of `filter` in `query` and leaves its other fields unchanged. Names must be of
// `query.project`. Adds errors to `violations` under `filter`; `query` must not be used then.
void ReadDeliveryFilter(absl::string_view filter, DeliveryQuery& query, FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_DELIVERY_FILTER_H_
