// What the list commands share: paging and the table. Not thread-safe.
#ifndef HOOKCTL_LISTING_H_
#define HOOKCTL_LISTING_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hookctl/output.h"
#include "hookctl/session.h"

namespace hookctl {

struct PageOptions {
  int limit = 100;  // 0: no limit
  std::string page_token;
};
void AddPageOptions(CLI::App& app, PageOptions& options);

// A List method of hookd, and how its items are shown.
template <typename Request, typename Response, typename Item>
struct Listing {
  std::function<grpc::Status(grpc::ClientContext*, const Request&, Response*)> call;
  std::function<google::protobuf::RepeatedPtrField<Item>*(Response*)> items;
  std::string none;  // printed on stderr if there are no items; empty: only the headings are printed
  std::vector<std::string> headings;
  std::function<std::vector<std::string>(const Item&)> cells;
  // Headings of columns that are left out, the first of them first, if the terminal is too narrow for all.
  std::vector<std::string> dispensable = {};
};

// Requests pages until there are as many items as requested, and appends them to `result`. Its
// `next_page_token` tells whether there are more.
template <typename Request, typename Response, typename Item>
grpc::Status ListPages(const Session& session, const Listing<Request, Response, Item>& listing,
                       Request request, const PageOptions& options, Response* result) {
  constexpr int kLargestPage = 1000;  // hookd's maximum
  request.set_page_token(options.page_token);
  while (true) {
    const int missing = options.limit - listing.items(result)->size();
    request.set_page_size(options.limit == 0 || missing > kLargestPage ? kLargestPage : missing);
    Response page;
    grpc::Status status =
        session.Call([&](grpc::ClientContext* context) { return listing.call(context, request, &page); });
    if (!status.ok()) return status;
    for (auto& item : *listing.items(&page)) listing.items(result)->Add(std::move(item));
    result->set_next_page_token(page.next_page_token());
    const bool enough = options.limit != 0 && listing.items(result)->size() >= options.limit;
    if (page.next_page_token().empty() || enough) return status;
    request.set_page_token(page.next_page_token());
  }
}

// Runs a list command and returns its exit code. If the table stopped at its limit, prints on stderr how to
// see the rest.
template <typename Request, typename Response, typename Item>
int ShowList(const Session& session, const Request& request, const PageOptions& options,
             const Listing<Request, Response, Item>& listing) {
  Response list;
  const grpc::Status status = ListPages(session, listing, request, options, &list);
  if (!status.ok()) return session.Fail(status);
  if (session.json) {
    session.terminal.out << ToJson(list);
    return kOk;
  }
  if (listing.items(&list)->empty() && !listing.none.empty()) {
    session.Note(listing.none);
    return kOk;
  }
  Table table(listing.headings, listing.dispensable);
  for (const Item& item : *listing.items(&list)) table.Add(listing.cells(item));
  table.Print(session.terminal.out, session.wide ? 0 : session.terminal.width);
  if (!list.next_page_token().empty()) {
    session.Note(absl::StrCat("There are more: use --limit 0 for all, or continue with --page-token ",
                              list.next_page_token(), "."));
  }
  return kOk;
}

}  // namespace hookctl

#endif  // HOOKCTL_LISTING_H_
