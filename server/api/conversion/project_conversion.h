// Converts projects to messages of the API, and reads the changes of such messages. Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_PROJECT_CONVERSION_H_
#define HOOKD_API_CONVERSION_PROJECT_CONVERSION_H_

#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "api/validation/field_violations.h"
#include "delivery/projects.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "hookd/v1/project.pb.h"
#include "store/records.h"

namespace hookd {

// Converts a project. One that is not stored yet (key 0) has no etag.
void ToProto(const Projects::Counted& counted, v1::Project& proto);

// The changes of an UpdateProject request.
struct ProjectUpdate {
  bool display_name = false;         // is changed
  bool labels = false;               // are replaced
  std::set<std::string> label_keys;  // of single labels that are set or removed
  Project values;                    // the new ones; of `labels` those that are set
  // In the mask, although it cannot be updated: the project must have it. Zero for a project that has none.
  std::optional<google::protobuf::Timestamp> create_time;
};

// Reads the changes (AIP-134, AIP-161): the fields and labels in the mask, all that can change if it is `*`,
// and the fields that are set in `proto` if it is empty. The mask may also have the other fields, with the
// values that the project has, so that a caller can send back what it read. Counts may have changed since
// then.
ProjectUpdate ReadProjectUpdate(const google::protobuf::FieldMask& mask, const v1::Project& proto,
                                FieldViolations& violations);

// Makes the changes. INVALID_ARGUMENT if the project would have too many labels, or has another creation time
// than the update.
absl::Status Apply(const ProjectUpdate& update, Project& project);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_PROJECT_CONVERSION_H_
