// The filter language of ListDeliveries: the subset of AIP-160 that ListDeliveriesRequest.filter documents.
//
// Thread-safe; no state.
#ifndef HOOKD_API_FILTER_H_
#define HOOKD_API_FILTER_H_

#include "absl/strings/string_view.h"
#include "api/field_violations.h"
#include "store/records.h"

namespace hookd {

// Sets in `query` the conditions that `filter` has, and leaves the others alone; names have to be of
// `query.project`. What is not understood is added to `violations` under `filter`, with its position in bytes
// from 1; `query` is then not to be used. Ranges of time that contradict each other are none of that: they
// select nothing.
void ReadDeliveryFilter(absl::string_view filter, DeliveryQuery& query, FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_FILTER_H_
