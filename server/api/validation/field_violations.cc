#include "api/validation/field_violations.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/status.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace hookd {
namespace {

// Short enough that several violations fit the details, however long their paths are.
constexpr size_t kMaxPartBytes = limits::kMaxErrorDetailsBytes / 8;

std::string CleanText(absl::string_view text, size_t max_bytes) {
  return AbbreviateUtf8(ReplaceInvalidUtf8(text), max_bytes);
}

// "2 problems: a: must be b; c: must be d". If some do not fit, it ends with "; and 3 more".
std::string Summary(const google::rpc::BadRequest& listed, int count) {
  const auto& first = listed.field_violations(0);
  std::string summary = count == 1 ? "" : absl::StrCat(count, " problems: ");
  absl::StrAppend(&summary, first.field(), ": ", first.description());
  // Room for "; and 1000000 more".
  constexpr size_t kRoom = limits::kMaxErrorMessageBytes - 20;
  summary = AbbreviateUtf8(summary, kRoom);
  int summed_up = 1;
  for (; summed_up < listed.field_violations_size(); ++summed_up) {
    const auto& violation = listed.field_violations(summed_up);
    const std::string next = absl::StrCat("; ", violation.field(), ": ", violation.description());
    if (summary.size() + next.size() > kRoom) break;
    summary += next;
  }
  if (summed_up < count) absl::StrAppend(&summary, "; and ", count - summed_up, " more");
  return summary;
}

// The number of violations of a Summary.
int CountOf(absl::string_view summary, const google::rpc::BadRequest& listed) {
  int count = 0;
  const bool has_count = absl::SimpleAtoi(summary.substr(0, summary.find(" problems: ")), &count);
  return has_count ? count : listed.field_violations_size();
}

}  // namespace

void FieldViolations::Add(absl::string_view path, absl::string_view description) {
  ++count_;
  if (full_) return;
  auto* violation = listed_.add_field_violations();
  violation->set_field(CleanText(path, kMaxPartBytes));
  violation->set_description(CleanText(description, kMaxPartBytes));
  constexpr size_t kTagAndLength = 3;
  listed_bytes_ += violation->ByteSizeLong() + kTagAndLength;
  if (listed_bytes_ > limits::kMaxErrorDetailsBytes) {
    // Later violations are left out even if they would fit, so that the list has the first ones, in order.
    listed_.mutable_field_violations()->RemoveLast();
    full_ = true;
  }
}

absl::Status FieldViolations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  absl::Status status = absl::InvalidArgumentError(Summary(listed_, count_));
  AddDetail(status, listed_);
  return status;
}

absl::Status RenameFields(const absl::Status& error,
                          absl::FunctionRef<std::string(absl::string_view path)> rename) {
  google::rpc::Status proto;
  ToProto(error, proto);
  google::rpc::BadRequest listed;
  const bool has_violations =
      !proto.details().empty() && proto.details(0).UnpackTo(&listed) && !listed.field_violations().empty();
  if (!has_violations) return error;
  for (auto& violation : *listed.mutable_field_violations()) violation.set_field(rename(violation.field()));
  absl::Status renamed(error.code(), Summary(listed, CountOf(error.message(), listed)));
  AddDetail(renamed, listed);
  return renamed;
}

}  // namespace hookd
