#include "store/webhook_sql.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hookd {

std::string InsertWebhookSql(char mark) {
  constexpr absl::string_view kSetOnce[] = {"key", "project", "id", "create_time"};
  std::string parameters;
  int number = 0;
  for (; number < kWrittenWebhookColumnCount + static_cast<int>(std::size(kSetOnce)); ++number) {
    absl::StrAppend(&parameters, number == 0 ? "" : ", ", std::string(1, mark), number + 1);
  }
  return absl::StrCat("INSERT INTO webhooks (", absl::StrJoin(kWrittenWebhookColumns, ", "), ", ",
                      absl::StrJoin(kSetOnce, ", "), ") VALUES (", parameters, ")");
}

std::string UpdateWebhookSql(char mark) {
  std::string sql = "UPDATE webhooks SET ";
  int number = 0;
  for (const absl::string_view column : kWrittenWebhookColumns) {
    absl::StrAppend(&sql, number == 0 ? "" : ", ", column, " = ", std::string(1, mark), number + 1);
    ++number;
  }
  return absl::StrCat(sql, " WHERE key = ", std::string(1, mark), kWrittenWebhookColumnCount + 1);
}

}  // namespace hookd
