// carrybit op: single operations, bit pattern in, bit pattern out. How other people's test vectors
// are run against us.

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "app/calculator.hpp"
#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/verbs.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

namespace {

constexpr const char* usage =
    R"(Reads one operation a line from standard input and prints one result a line.

  add A B, sub A B, mul A B, div A B, fma A B C
  sqrt A, exp A, log A, tanh A, erf A, sin A, cos A
  cvt FORMAT A        A converted to FORMAT (printed in FORMAT's width)
  encode TEXT         decimal or hexadecimal-float text to bits
  value A, hexfloat A exact decimal, exact hexadecimal float
  eq A B, lt A B, le A B (1 or 0), cmp A B (less, equal, greater, unordered)

A, B, C are bit patterns in hexadecimal. Blank lines and lines that start with # are skipped.)";

struct Options {
  std::string format;
  std::string rounding = "rne";
  std::string engine = "exact";
  std::string carrier;
  std::string seed = "0";
};

constexpr std::array<std::string_view, 2> engines = {"exact", "lane"};
constexpr std::array<std::string_view, 3> carrier_names = {"float32", "float64", "int64"};
constexpr std::array carriers = {Carrier::float32, Carrier::float64, Carrier::int64};

Calculator::Settings settings_of(const Options& options) {
  Calculator::Settings settings;
  settings.format = parse_format(options.format);
  settings.rounding = parse_rounding(options.rounding);
  settings.seed = parse_count("--seed", options.seed);
  settings.lane = engines[choose("--engine", options.engine, engines)] == "lane";
  if (!options.carrier.empty()) {
    settings.carrier = carriers[choose("--carrier", options.carrier, carrier_names)];
    if (!settings.lane) {
      throw BadInput("--carrier chooses a lane: it needs --engine lane");
    }
  }
  return settings;
}

bool is_skipped(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos || line[first] == '#';
}

/// The loop over the lines, and where it stands.
class Session {
 public:
  explicit Session(const Calculator::Settings& settings) : calculator_(settings) {}

  int run() {
    while (const auto line = lines_.next()) {
      if (!is_skipped(*line)) {
        answer(*line);
      }
    }
    out_.flush();
    return report_faults();
  }

 private:
  /// What went wrong in a line is told after the answers to the lines before it.
  void answer(std::string_view line) {
    const bool clean = !calculator_.faults().any();
    try {
      calculator_.answer(line, out_.text());
    } catch (const BadInput& error) {
      out_.flush();
      throw BadInput(fmt::format("line {}: {}", lines_.number(), error.what()));
    } catch (const std::exception& error) {
      out_.flush();
      throw std::runtime_error(fmt::format("line {}: {}", lines_.number(), error.what()));
    }
    out_.written();
    if (clean && calculator_.faults().any()) {
      first_fault_ = lines_.number();
    }
  }

  /// Results that a `:trap` format could not hold: a claim that failed.
  int report_faults() const {
    const Faults& faults = calculator_.faults();
    if (!faults.any()) {
      return 0;
    }
    fmt::print(stderr, "carrybit op: line {}: {}; {} fault{} in all\n", first_fault_, faults.first,
               faults.count, faults.count == 1 ? "" : "s");
    return 1;
  }

  Calculator calculator_;
  Output out_{STDOUT_FILENO};
  LineReader lines_{STDIN_FILENO, [this] { out_.flush(); }};
  std::uint64_t first_fault_ = 0;
};

}  // namespace

Run declare_op(CLI::App& verb) {
  const auto options = std::make_shared<Options>();
  verb.footer(usage);
  verb.add_option("--format", options->format, "the format of operands and results")
      ->type_name("F")
      ->required();
  verb.add_option("--rounding", options->rounding, "rne, rna, rnz, rz, ru, rd, ro or sr (rne)")
      ->type_name("R");
  verb.add_option("--engine", options->engine, "exact or lane (exact)")->type_name("E");
  verb.add_option("--carrier", options->carrier,
                  "with --engine lane: float32, float64 or int64 (the narrowest that fits)")
      ->type_name("C");
  verb.add_option("--seed", options->seed, "the key of stochastic rounding (0)")->type_name("S");
  return [options] { return Session(settings_of(*options)).run(); };
}

}  // namespace carrybit::app
