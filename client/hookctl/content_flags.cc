#include "hookctl/content_flags.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

// The caller's system may have numbers or strings as ids: one that looks like a number can be either.
std::string IdCondition(const char* field, const std::string& id) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(id, &number) || absl::StrCat(number) != id) {
    return absl::StrCat(field, " = ", Quoted(id));
  }
  return absl::StrCat("(", field, " = ", id, " OR ", field, " = ", Quoted(id), ")");
}

}  // namespace

void ContentFlags::Add(CLI::App& command) {
  const auto add = [&command](const char* flag, std::string& text, const char* help) {
    TakesCondition(command.add_option(flag, text, help));
  };
  add("--user-id", user_id_, "Only events about the user with this id");
  add("--email", email_, "Only events about the user with this e-mail address");
  add("--message-id", message_id_, "Only events about the e-mail with this Message-ID");
  add("--campaign-id", campaign_id_, "Only events of the campaign with this id");
  add("--campaign-name", campaign_name_, "Only events of the campaign with this name or title");
}

void ContentFlags::Build(std::vector<std::string>& conditions) const {
  if (!user_id_.empty()) conditions.push_back(IdCondition("user.id", user_id_));
  if (!email_.empty()) conditions.push_back(absl::StrCat("user.email = ", Quoted(email_)));
  if (!message_id_.empty()) conditions.push_back(absl::StrCat("message_id = ", Quoted(message_id_)));
  if (!campaign_id_.empty()) conditions.push_back(IdCondition("campaign.id", campaign_id_));
  if (!campaign_name_.empty()) conditions.push_back(absl::StrCat("campaign.name = ", Quoted(campaign_name_)));
}

}  // namespace hookctl
