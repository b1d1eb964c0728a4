// The program `carrybit`: finds the verb, parses its options, runs it, and turns what went wrong
// into one line on standard error and an exit status: 0 done, 1 a claim failed, 2 bad input.

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "app/lines.hpp"
#include "app/verbs.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace {

using namespace carrybit;
using namespace carrybit::app;

constexpr int claim_failed = 1;
constexpr int bad_input = 2;
constexpr int our_own_fault = 3;

std::vector<std::string_view> verb_names() {
  std::vector<std::string_view> names;
  for (const Verb& verb : verbs) {
    names.emplace_back(verb.name);
  }
  return names;
}

/// Every long option of a subcommand, for "did you mean".
std::vector<std::string> option_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

/// What the words that no option took amount to; empty where there are none. CLI11 asks for
/// required options before it looks at these, but a mistyped option is the likelier slip.
std::string unexpected(const CLI::App& verb, const std::vector<std::string>& extras) {
  if (extras.empty()) {
    return "";
  }
  const auto option = std::find_if(extras.begin(), extras.end(),
                                   [](const std::string& word) { return word.starts_with("-"); });
  if (option == extras.end()) {
    return fmt::format("'{}' was not expected", extras.front());
  }
  const std::string word = option->substr(0, option->find('='));
  const auto known = option_names(verb);
  const std::vector<std::string_view> names(known.begin(), known.end());
  return fmt::format("there is no option {}{}", word, did_you_mean(word, names));
}

/// CLI11's words for a bad command line, in ours.
std::string what_is_wrong(const CLI::App& verb, const std::vector<std::string>& extras,
                          const CLI::ParseError& error) {
  std::string what = unexpected(verb, extras);
  if (what.empty()) {
    what = error.what();
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
      what = what.substr(0, what.find(':')) + " needs a value";
    }
  }
  return what;
}

/// Options that a command line gets wrong. Help and version are no errors.
int answer_parse_error(CLI::App& root, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    root.exit(error);
    std::cout.flush();
    if (!std::cout) {
      throw OutputError{errno};
    }
    return 0;
  }
  const auto chosen = root.get_subcommands();
  const CLI::App& verb = chosen.empty() ? root : *chosen.front();
  throw BadInput(fmt::format("{} (see `carrybit {}--help`)",
                             what_is_wrong(verb, root.remaining(true), error),
                             chosen.empty() ? "" : verb.get_name() + " "));
}

int run(int argc, char** argv) {
  CLI::App root("How many bits does a transformer need to carry?", "carrybit");
  root.set_version_flag("--version", std::string("carrybit ") + CARRYBIT_VERSION);
  root.footer("Exit status: 0 done, 1 a claim failed, 2 bad input.");

  const auto names = verb_names();
  if (argc < 2) {
    throw BadInput(fmt::format("a verb is missing: {} (see `carrybit --help`)", listed(names)));
  }
  const std::string_view first = argv[1];
  if (!first.starts_with('-') && std::find(names.begin(), names.end(), first) == names.end()) {
    throw BadInput(fmt::format(
        "there is no verb '{}'{}{} (see `carrybit --help`)", first, did_you_mean(first, names),
        nearest(first, names).empty() ? "; accepted: " + listed(names) : ""));
  }

  std::vector<Run> runs;
  std::vector<CLI::App*> subcommands;
  for (const Verb& verb : verbs) {
    subcommands.push_back(root.add_subcommand(verb.name, verb.summary));
    runs.push_back(verb.declare(*subcommands.back()));
  }
  root.require_subcommand(1);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return answer_parse_error(root, error);
  }
  for (std::size_t i = 0; i < subcommands.size(); ++i) {
    if (subcommands[i]->parsed()) {
      return runs[i]();
    }
  }
  return 0;
}

/// Who speaks in a message: the verb where there is one.
std::string speaker(int argc, char** argv) {
  for (const Verb& verb : verbs) {
    if (argc > 1 && std::string_view(argv[1]) == verb.name) {
      return fmt::format("carrybit {}", verb.name);
    }
  }
  return "carrybit";
}

int complain(int argc, char** argv, std::string_view message, int status) {
  const std::string line = fmt::format("{}: {}\n", speaker(argc, argv), one_line(message));
  std::fputs(line.c_str(), stderr);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const BadInput& error) {
    return complain(argc, argv, error.what(), bad_input);
  } catch (const ClaimFailed& error) {
    return complain(argc, argv, error.what(), claim_failed);
  } catch (const OutputError& error) {
    if (error.error == EPIPE) {
      // Whoever read us has had enough. Usually the signal has already ended us without a word;
      // where it is ignored, end with the status it would have given.
      return 128 + SIGPIPE;
    }
    return complain(argc, argv,
                    fmt::format("cannot write the output: {}", std::strerror(error.error)),
                    bad_input);
  } catch (const std::exception& error) {
    return complain(argc, argv, fmt::format("this is a fault of carrybit: {}", error.what()),
                    our_own_fault);
  }
}
