#pragma once
// The verbs of the command line. A verb is one file: a function that declares its options on its
// subcommand and returns what runs it. A new verb adds its declaration and its row here.

#include <CLI/CLI.hpp>
#include <array>
#include <functional>
#include <stdexcept>
#include <string_view>

namespace carrybit::app {

/// Runs a verb whose options have been parsed; gives the exit status: 0 done, 1 a claim failed.
/// Bad input is thrown as BadInput (status 2).
using Run = std::function<int()>;

Run declare_op(CLI::App& verb);
Run declare_formats(CLI::App& verb);
Run declare_run(CLI::App& verb);
Run declare_width(CLI::App& verb);
Run declare_certify(CLI::App& verb);
Run declare_verify(CLI::App& verb);
Run declare_sweep(CLI::App& verb);
Run declare_merge(CLI::App& verb);
Run declare_plot(CLI::App& verb);
Run declare_export(CLI::App& verb);
Run declare_prove(CLI::App& verb);
Run declare_train(CLI::App& verb);
Run declare_list(CLI::App& verb);

/// A claim that turned out false, or a fault that was to be trapped: one line, exit status 1.
struct ClaimFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Verb {
  const char* name;
  const char* summary;
  Run (*declare)(CLI::App& verb);
};

inline constexpr std::array verbs = {
    Verb{"op", "single operations, bit pattern in, bit pattern out", declare_op},
    Verb{"run", "one problem or many through a transformer, right or wrong digit by digit",
         declare_run},
    Verb{"width", "the fewest bits that pass, and an input that fails with one fewer",
         declare_width},
    Verb{"certify", "a proof that every input of a length is answered right", declare_certify},
    Verb{"verify", "the proof of a record, made again from the weights", declare_verify},
    Verb{"sweep", "a study's cells into a store, a table and figures", declare_sweep},
    Verb{"merge", "the parts of a sweep into one table", declare_merge},
    Verb{"plot", "tables and figures of a folder of results, again", declare_plot},
    Verb{"prove", "one check per theorem, each with its verdict", declare_prove},
    Verb{"export", "a construction as safetensors and JSON", declare_export},
    Verb{"train", "a small transformer on a task, with its card (needs LibTorch)", declare_train},
    Verb{"list", "tasks, constructions, presets, formats", declare_list},
    Verb{"formats", "number formats: range, smallest values, ulp at 1", declare_formats},
};

}  // namespace carrybit::app
