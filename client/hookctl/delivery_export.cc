// hookctl deliveries export: deliveries, newest first, as lines.
#include <memory>

#include "absl/strings/str_cat.h"
#include "command_line/interrupt.h"
#include "command_line/progress.h"
#include "hookctl/commands.h"
#include "hookctl/delivery_filter.h"
#include "hookctl/export_flags.h"
#include "hookctl/output.h"
#include "hookctl/reconnect.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kExamples[] =
    R"(Prints each delivery as it is now on a line of JSON, newest first, without its attempts. Deliveries that are created
meanwhile are not included; `hookctl deliveries watch -o json` follows what happens from now on.

)";
constexpr char kAfterHelp[] = R"(

Examples:
  hookctl deliveries export --since 30d > deliveries.ndjson
  hookctl deliveries export --since 7d --state failed --cursor-file failed.cursor --file failed.ndjson)";

constexpr int kPageSize = 1000;
// The cursor of a finished export; page tokens are base64.
constexpr char kComplete[] = "complete.";

struct Flags {
  DeliveryFilter filter;
  ExportFlags output;
};

int Export(Session& session, const Flags& flags) {
  const absl::Time now = absl::Now();
  std::string filter = flags.filter.Build(session, now);
  auto output = flags.output.Open(session, "deliveries export", filter, "delivery");
  if (!output.ok()) return FailOutput(session, output.status());
  ExportOutput& lines = **output;
  if (lines.cursor() == kComplete) {
    session.terminal.err
        << "This export is complete: delete the cursor file and the output to begin again.\n";
    return kOk;
  }
  const std::optional<absl::Time> begin = BeginOf(lines);
  if (begin.has_value()) {
    absl::StrAppend(&filter, filter.empty() ? "" : " AND ", "create_time >= ", Quoted(lines.begin()));
  }
  v1::ListDeliveriesRequest request;
  request.set_parent(session.Parent());
  request.set_filter(filter);
  request.set_page_size(kPageSize);
  request.set_page_token(lines.cursor());
  int64_t count = 0;
  bool complete = false;
  Stop stop;
  const command_line::Interrupt interrupt([&stop] { stop.Now(); });
  command_line::Progress progress(session.terminal.err, session.terminal.err_width, "deliveries");
  while (!complete && !stop.stopped()) {
    v1::ListDeliveriesResponse page;
    const auto status = session.Call([&](grpc::ClientContext* context) {
      stop.SetCall(context);
      auto result = session.client().deliveries().ListDeliveries(context, request, &page);
      stop.SetCall(nullptr);
      return result;
    });
    if (!status.ok() && stop.stopped()) break;
    if (!status.ok()) {
      progress.Clear();
      lines.Finish().IgnoreError();
      return session.Fail(status);
    }
    bool written = true;
    for (const v1::Delivery& delivery : page.deliveries()) {
      written = written && lines.Write(ToJson(delivery, true));
      const std::optional<double> left = PartOf(begin, FromTimestamp(delivery.create_time()), now);
      progress.Update(++count, left.has_value() ? std::optional(1 - *left) : std::nullopt);
    }
    if (!written) break;
    request.set_page_token(page.next_page_token());
    complete = page.next_page_token().empty();
    lines.Mark(complete ? kComplete : page.next_page_token());
  }
  progress.Clear();
  const absl::Status finished = lines.Finish();
  if (!finished.ok()) return FailOutput(session, finished);
  if (!complete) {
    return session.Fail(kError, flags.output.InterruptedText(Counted(count, "delivery", "deliveries")));
  }
  if (session.terminal.err_width > 0) {
    session.Note(absl::StrCat("Exported ", Counted(count, "delivery", "deliveries"), "."));
  }
  return kOk;
}

}  // namespace

void AddDeliveryExport(CLI::App& deliveries, Session& session) {
  auto* command = deliveries.add_subcommand("export", "Write deliveries to a file, and continue later");
  auto flags = std::make_shared<Flags>();
  flags->output.Add(*command);
  flags->filter.Add(*command);
  flags->filter.AddContent(*command);
  SetFooter(*command, absl::StrCat(kExamples, kExportHelp, kAfterHelp));
  command->callback(
      [&session, flags] { session.command = [&session, flags] { return Export(session, *flags); }; });
}

}  // namespace hookctl
