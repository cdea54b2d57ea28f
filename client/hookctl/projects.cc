// hookctl projects: manages projects.
#include <map>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "hookctl/commands.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

// The arguments that commands for one project share.
struct ProjectArguments {
  std::string project;
  std::string etag;
  bool validate_only = false;

  CLI::Option* Add(CLI::App& command, const std::string& fallback) {
    return command.add_option("PROJECT", project, absl::StrCat("Id or full name of the project", fallback))
        ->type_name("");
  }
  void AddConditions(CLI::App& command) {
    command.add_option("--etag", etag, "Only if the project still has this etag");
    command.add_flag("--validate-only,--dry-run", validate_only, "Validate, but change nothing");
  }

  // The full name.
  std::string Name(const Session& session) const {
    if (project.empty()) return session.Parent();
    return absl::StartsWith(project, "projects/") ? project : absl::StrCat("projects/", project);
  }
};

constexpr char kOrTheGlobal[] = " [--project]";

std::string LabelsText(const v1::Project& project) {
  const std::map<std::string, std::string> sorted(project.labels().begin(), project.labels().end());
  return absl::StrJoin(sorted, ",", absl::PairFormatter("="));
}

int Show(const Session& session, const grpc::Status& status, const v1::Project& project,
         bool validate_only = false) {
  if (!status.ok()) return session.Fail(status);
  if (validate_only) session.Note("Valid. Nothing was changed; this is how the project would look.");
  if (session.json) {
    session.terminal.out << ToJson(project);
    return kOk;
  }
  PrintFields(session.terminal.out, {{"Name", project.name()},
                                     {"Display name", project.display_name()},
                                     {"Labels", LabelsText(project)},
                                     {"Webhooks", WithCommas(project.webhook_count())},
                                     {"Pending", WithCommas(project.pending_delivery_count())},
                                     {"Events in 24 h", WithCommas(project.events_24h())},
                                     {"Created", TimeText(project.create_time(), true)},
                                     {"Etag", project.etag()}});
  return kOk;
}

void AddGet(CLI::App& projects, Session& session) {
  auto* command = projects.add_subcommand("get", "Show one project");
  auto flags = std::make_shared<ProjectArguments>();
  flags->Add(*command, kOrTheGlobal);
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      v1::GetProjectRequest request;
      request.set_name(flags->Name(session));
      v1::Project project;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().projects().GetProject(context, request, &project);
      });
      return Show(session, status, project);
    };
  });
}

int List(Session& session, const PageOptions& options) {
  return ShowList<v1::ListProjectsRequest, v1::ListProjectsResponse, v1::Project>(
      session, {}, options,
      {.call = [&](auto* context, const auto& request,
                   auto* page) { return session.client().projects().ListProjects(context, request, page); },
       .items = [](auto* page) { return page->mutable_projects(); },
       .none = "No projects. A project begins with its first webhook or event.",
       .headings = {"ID", "WEBHOOKS", "PENDING", "EVENTS 24H", "CREATED", "NAME", "LABELS"},
       .cells = [](const v1::Project& project) -> std::vector<std::string> {
         return {IdOf(project.name()),
                 WithCommas(project.webhook_count()),
                 WithCommas(project.pending_delivery_count()),
                 WithCommas(project.events_24h()),
                 TimeText(project.create_time()),
                 project.display_name(),
                 LabelsText(project)};
       },
       .dispensable = {"CREATED", "LABELS", "NAME"}});
}

void AddList(CLI::App& projects, Session& session) {
  auto* command = projects.add_subcommand("list", "List the projects that the token may read, by id");
  auto options = std::make_shared<PageOptions>();
  AddPageOptions(*command, *options);
  command->callback(
      [&session, options] { session.command = [&session, options] { return List(session, *options); }; });
}

struct UpdateFlags {
  ProjectArguments one;
  std::string display_name;
  std::vector<std::string> labels, removed_labels;
  bool clear_labels = false;
  bool create = false;
  CLI::Option* display_name_option = nullptr;

  void Add(CLI::App& command) {
    one.Add(command, kOrTheGlobal);
    display_name_option = command.add_option("--display-name", display_name, "Name for people");
    const auto is_label = [](const std::string& text) {
      return absl::StrContains(text, '=') ? std::string()
                                          : absl::StrCat("'", Printable(text), "' is not KEY=VALUE");
    };
    command.add_option("--labels", labels, "Labels to set; others are kept")
        ->type_name("KEY=VALUE[,KEY=VALUE...]")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(is_label);
    auto* remove = command.add_option("--remove-labels", removed_labels, "Labels to remove")
                       ->type_name("KEY[,KEY...]")
                       ->delimiter(',')
                       ->allow_extra_args(false);
    command.add_flag("--clear-labels", clear_labels, "Remove all labels; with --labels, all others")
        ->excludes(remove);
    command.add_flag("--create", create, "Create the project if it does not exist");
    one.AddConditions(command);
  }

  v1::UpdateProjectRequest Request(const Session& session) const {
    v1::UpdateProjectRequest request;
    v1::Project& project = *request.mutable_project();
    auto& mask = *request.mutable_update_mask();
    project.set_name(one.Name(session));
    project.set_etag(one.etag);
    if (display_name_option->count() > 0) mask.add_paths("display_name");
    project.set_display_name(display_name);
    if (clear_labels) mask.add_paths("labels");
    for (const std::string& label : labels) {
      const size_t equals = label.find('=');
      const std::string key = label.substr(0, equals);
      (*project.mutable_labels())[key] = label.substr(equals + 1);
      if (!clear_labels) mask.add_paths(absl::StrCat("labels.", key));
    }
    for (const std::string& key : removed_labels) mask.add_paths(absl::StrCat("labels.", key));
    request.set_allow_missing(create);
    request.set_validate_only(one.validate_only);
    return request;
  }
};

void AddUpdate(CLI::App& projects, Session& session) {
  auto* command = projects.add_subcommand("update", "Change the display name and the labels");
  auto flags = std::make_shared<UpdateFlags>();
  flags->Add(*command);
  SetFooter(*command,
            "Examples:\n"
            "  hookctl projects update shop --display-name 'The shop' --labels team=growth,tier=gold\n"
            "  hookctl projects update shop --remove-labels tier\n"
            "  hookctl projects update new-shop --create --display-name 'The new shop'");
  command->callback([&session, flags] {
    session.command = [&session, flags]() -> int {
      const v1::UpdateProjectRequest request = flags->Request(session);
      if (request.update_mask().paths().empty() && !request.allow_missing()) {
        return session.Fail(kUsage, "nothing to change: give --display-name, --labels or --remove-labels");
      }
      v1::Project project;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().projects().UpdateProject(context, request, &project);
      });
      return Show(session, status, project, request.validate_only());
    };
  });
}

// hookd names the field of the API, where a user of hookctl has a flag.
grpc::Status WithFlag(const grpc::Status& status) {
  if (status.error_code() != grpc::StatusCode::FAILED_PRECONDITION) return status;
  return {status.error_code(), absl::StrReplaceAll(status.error_message(), {{"set force", "use --force"}}),
          status.error_details()};
}

void AddDelete(CLI::App& projects, Session& session) {
  auto* command = projects.add_subcommand(
      "delete", "Delete a project with its webhooks, events and deliveries; it cannot be undone");
  struct Flags {
    ProjectArguments one;
    bool force = false;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command, "")->required();
  command->add_flag("--force", flags->force, "Even if it has webhooks");
  flags->one.AddConditions(*command);
  command->callback([&session, flags] {
    session.command = [&session, flags]() -> int {
      v1::DeleteProjectRequest request;
      request.set_name(flags->one.Name(session));
      request.set_etag(flags->one.etag);
      request.set_force(flags->force);
      request.set_validate_only(flags->one.validate_only);
      google::protobuf::Empty nothing;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().projects().DeleteProject(context, request, &nothing);
      });
      if (!status.ok()) return session.Fail(WithFlag(status));
      if (session.json) {
        session.terminal.out << "{}\n";
      } else {
        session.terminal.out << (request.validate_only() ? "Valid. Nothing was deleted: " : "Deleted ")
                             << Printable(request.name()) << "\n";
      }
      return kOk;
    };
  });
}

}  // namespace

void AddProjects(CLI::App& app, Session& session) {
  auto* projects = app.add_subcommand("projects", "Manage projects");
  projects->require_subcommand(1);
  AddList(*projects, session);
  AddGet(*projects, session);
  AddUpdate(*projects, session);
  AddDelete(*projects, session);
  AddProjectStats(*projects, session);
}

}  // namespace hookctl
