// hookctl completion: the scripts that complete command lines of hookctl in a shell, and the candidates that
// the scripts ask for.
#include "command_line/completion.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/context.h"

namespace hookctl {
namespace {

constexpr char kFooter[] =
    R"(The Debian package installs the scripts; bash needs the package bash-completion. Without the package:
  source <(hookctl completion bash)                 in ~/.bashrc
  source <(hookctl completion zsh)                  in ~/.zshrc, after compinit
  hookctl completion fish | source                  in ~/.config/fish/config.fish)";

// A line of the output that is not a candidate: the word can be a file.
constexpr char kFiles[] = ":files";

constexpr char kBash[] = R"(# bash completion for hookctl, printed by: hookctl completion bash
_hookctl() {
  local line files=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; else COMPREPLY+=("$line"); fi
  done < <("${1/#\~/$HOME}" __complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  if [[ -n $files ]]; then compopt -o default 2>/dev/null; fi
}
complete -F _hookctl hookctl
)";

constexpr char kZsh[] = R"(#compdef hookctl
# zsh completion for hookctl, printed by: hookctl completion zsh
_hookctl() {
  local -a lines candidates
  local line files=
  lines=("${(@f)$("${words[1]/#\~/$HOME}" __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    if [[ $line == :files ]]; then
      files=1
    elif [[ -n $line ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done
  (( ${#candidates} )) && _describe 'hookctl' candidates
  if [[ -n $files ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
  fi
}
if [[ ${funcstack[1]} == _hookctl ]]; then _hookctl "$@"; else compdef _hookctl hookctl; fi
)";

constexpr char kFish[] = R"(# fish completion for hookctl, printed by: hookctl completion fish
function __hookctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program __complete fish $words "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c hookctl -f -a '(__hookctl_complete)'
)";

std::optional<std::vector<std::string>> DynamicValues(const CLI::Option& option) {
  if (option.get_name(true) != "CONTEXT" && option.get_type_name() != "CONTEXT") return std::nullopt;
  return ContextNames();
}

// How many bytes of the word bash leaves as they are. It splits words at the characters of COMP_WORDBREAKS,
// and replaces what is behind the last one.
size_t KeptByBash(const std::string& word, const std::string& word_breaks) {
  size_t kept = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    if ((word[i] == '=' || word[i] == ':') && absl::StrContains(word_breaks, word[i])) kept = i + 1;
  }
  return kept;
}

}  // namespace

void AddCompletion(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("completion", "Print the completion script of a shell");
  auto shell = std::make_shared<std::string>();
  TakesOneOf(command->add_option("SHELL", *shell, "bash, zsh or fish")->required(), "",
             {"bash", "zsh", "fish"});
  SetFooter(*command, kFooter);
  command->callback([&session, shell] {
    session.uses_context = false;
    session.command = [&session, shell]() -> int {
      session.terminal.out << (*shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish);
      return kOk;
    };
  });
}

int PrintCandidates(CLI::App& app, const std::vector<std::string>& arguments, std::ostream& out) {
  if (arguments.size() < 3) return kUsage;
  const bool bash = arguments[1] == "bash";
  if (bash && arguments.size() != 4) return kUsage;
  std::vector<std::string> words = bash ? command_line::SplitWords(arguments[3])
                                        : std::vector<std::string>(arguments.begin() + 2, arguments.end());
  if (bash) words.erase(words.begin());  // the program
  if (words.empty()) return kUsage;
  const size_t kept = bash ? KeptByBash(words.back(), arguments[2]) : 0;
  const auto found = command_line::Complete(app, words, DynamicValues);
  for (const auto& [text, description] : found.words) {
    out << text.substr(kept);
    if (!bash && !description.empty()) out << "\t" << description;
    out << "\n";
  }
  if (found.files) out << kFiles << "\n";
  return kOk;
}

}  // namespace hookctl
