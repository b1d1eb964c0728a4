// Study files: the cells they make, and one line with file, line and the nearest accepted word for every
// slip.

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "experiments/cell_run.hpp"
#include "experiments/study.hpp"
#include "experiments/sweep.hpp"
#include "experiments/table.hpp"
#include "precision/error.hpp"
#include "sim/model_file.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace carrybit;

namespace {

Study study(const std::string& text) { return parse_study(text, "s.toml", "."); }

std::string refusal(const std::string& text) {
  try {
    (void)study(text);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

void check_refused(const std::string& text, const std::string& where, const std::string& what) {
  const std::string message = refusal(text);
  INFO(message);
  CHECK(message.starts_with(where));
  CHECK(message.find(what) != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

const std::string plain = R"(
[[sweep]]
kind = "accuracy"
model = "add_log"
base = 2
length = [2, 4]
arithmetic = ["fp16", "fixed:i3.f0"]
)";

std::string with(const std::string& line) { return plain + line + "\n"; }

}  // namespace

TEST_CASE("a sweep is every combination of its lists, in a fixed order") {
  const Study s = study(plain);
  REQUIRE(s.cells.size() == 4);
  CHECK(s.cells[0].cell.task.name() == "add:p2.n2");
  CHECK(s.cells[1].cell.task.name() == "add:p2.n4");
  CHECK(s.cells[0].cell.arithmetic.weights.format.name() == "float:e5.m10");
  CHECK(s.cells[2].cell.arithmetic.weights.format.name() == "fixed:i3.f0");
  CHECK(s.cells[2].columns.at("width_bits") == 4);
  CHECK(s.cells[2].columns.at("integer_bits") == 3);
  CHECK(s.cells[0].cell.inputs.text() == "up_to 2000");
}

TEST_CASE("ranges, defaults, options of models, laws, grids, seeds") {
  const Study s = study(R"(
[defaults]
kind = "accuracy"
base = 2
[[sweep]]
model = { construction = "add_log", radix = [1, 2] }
length = "1..8*2"
arithmetic = { width = "2*log2(n)+3", family = "fixed" }
inputs = { sampled = 10 }
seed = [1, 5]
repetitions = 2
[[sweep]]
model = "add_log"
length = 3
arithmetic = { integer = "2..4", fraction = [0, 1] }
inputs = "exhaustive"
seed = [1, 2]
)");
  REQUIRE(s.cells.size() == 2 * 4 * 2 * 2 + 6);
  const Cell& last = s.cells[15].cell;  // radix 1, n = 8, seed 5, repetition 2
  CHECK(last.model.options.radix == 1);
  CHECK(last.task.digits() == 8);
  CHECK(last.arithmetic.weights.format.name() == "fixed:i8.f0");
  CHECK(last.seed == 5 + (std::uint64_t{1} << 32));
  CHECK(s.cells[15].columns.at("seed") == 5);
  CHECK(s.cells[15].columns.at("repetition") == 2);
  CHECK(s.cells[32].cell.arithmetic.weights.format.name() == "fixed:i2.f0");
  CHECK(s.cells[33].cell.arithmetic.weights.format.name() == "fixed:i2.f1");
  CHECK(s.cells[33].cell.seed ==
        0);  // all inputs: a seed changes nothing, and makes no second cell
}

TEST_CASE("a construction knows its task; one that suits no task of the sweep is refused") {
  const Study s = study(R"([[sweep]]
kind = "width"
model = ["add_log", "mul_log"]
length = 2
)");
  REQUIRE(s.cells.size() == 2);
  CHECK(s.cells[1].cell.task.kind() == TaskKind::mul);
  check_refused(
      "[[sweep]]\nkind = \"width\"\ntask = \"add\"\nlength = 2\nmodel = "
      "[\"add_log\",\n\"mul_log\"]\n",
      "s.toml:6: ", "mul_log does 'mul'");
}

TEST_CASE("content names the question, not the words it was asked in") {
  const Study a = study(plain);
  const Study b = study(R"([[sweep]]
kind = "accuracy"
task = "add"
model = { construction = "add_log" }
base = 2
length = 2
arithmetic = { format = "float:e5.m10", name = "half" }
)");
  CHECK(content(a.cells[0].cell) == content(b.cells[0].cell));
  CHECK(a.cells[0].columns != b.cells[0].columns);
  std::set<std::string> contents;
  for (const PlannedCell& c : a.cells) {
    contents.insert(content(c.cell));
  }
  CHECK(contents.size() == a.cells.size());
}

TEST_CASE("slips are one line with the place and the nearest word") {
  check_refused(with("lenght = 3"),
                "s.toml:8: ", "'lenght' is no key of a [[sweep]]; did you mean length?");
  check_refused(with("inputs = \"exhaustiv\""), "s.toml:8: ", "did you mean exhaustive?");
  check_refused(with("inputs = { sample = 3 }"), "s.toml:8: ", "did you mean sampled?");
  check_refused(with("seed = -1"), "s.toml:8: ", "seed: '-1' is no whole number");
  check_refused(with("repetitions = 0"), "s.toml:8: ", "repetitions: '0'");
  check_refused(with("addends = 3"), "s.toml:8: ", "addends is for task iter_add");
  check_refused(with("seed = 1.5"), "s.toml:8: ", "accepted are whole numbers and texts");
  check_refused(with("seed = \"4..1\""), "s.toml:8: ", "is no range");
  check_refused(with("[[figur]]"), "s.toml:8: ", "did you mean figure?");
  check_refused(with("x = [1"), "s.toml:", "");
  const auto replaced = [](const std::string& from, const std::string& to) {
    std::string text = plain;
    return text.replace(text.find(from), from.size(), to);
  };
  check_refused(replaced("\"accuracy\"", "\"acuracy\""), "s.toml:3: ", "did you mean accuracy?");
  check_refused(replaced("add_log", "add_lgo"), "s.toml:4: ", "did you mean add_log?");
  check_refused(replaced("base = 2", "base = 1"), "s.toml:5: ", "from 2 to 36");
  check_refused(replaced("[2, 4]", "[0]"), "s.toml:6: ", "length: '0'");
  check_refused(replaced("[2, 4]", "[]"), "s.toml:6: ", "the list is empty");
  check_refused(replaced("\"fp16\"", "\"fp61\""), "s.toml:7: ", "did you mean fp");
  check_refused(replaced("\"fp16\"", "\"park2025\""), "s.toml:7: ", "did you mean park2026?");
  check_refused(replaced("\"fp16\"", "{ width = \"2*lg(n)\" }"), "s.toml:7: ", "no function lg");
  check_refused(replaced("\"fp16\"", "{ widht = 3 }"), "s.toml:7: ", "did you mean width?");
  check_refused(replaced("\"fp16\"", "{ format = \"fp16\", sum = \"exct\" }"),
                "s.toml:7: ", "did you mean exact?");
  check_refused(replaced("\"add_log\"", "{ construction = \"add_log\", radix = 0 }"),
                "s.toml:4: ", "radix=0");
  check_refused(replaced("\"add_log\"", "{ weights = \"no/such\" }"), "s.toml:4: ", "cannot read");
  check_refused("title = \"x\"\n", "s.toml:", "at least one [[sweep]]");
}

TEST_CASE("what cannot be asked is refused where the study says it") {
  check_refused(
      "[[sweep]]\nkind = \"width\"\nmodel = \"add_log\"\nlength = 2\ninputs = \"sampled\"\n",
      "s.toml:5: ", "a width is not searched on 'sampled'");
  check_refused(
      "[[sweep]]\nkind = \"accuracy\"\nmodel = \"add_log\"\nlength = 20\narithmetic = "
      "\"fp16\"\ninputs = "
      "\"exhaustive\"\n",
      "s.toml:6: ", "too many to run all of them");
  check_refused("[[sweep]]\nkind = \"width\"\nmodel = \"iter_add_log\"\nlength = 2\n",
                "s.toml:1: ", "has no addends");
  check_refused(
      "[[sweep]]\nkind = \"width\"\nmodel = \"add_log\"\nlength = 2\narithmetic = { format = "
      "\"fp16\" }\n",
      "s.toml:5: ", "for cells of kind accuracy");
}

TEST_CASE("figures name columns of the table") {
  const std::string head = with("[[figure]]\nname = \"f\"\nx = \"length_digits\"");
  CHECK(study(head + "y = \"exact_match\"\n").figures.size() == 1);
  check_refused(head + "y = \"exact_mach\"\n", "s.toml:11: ", "did you mean exact_match?");
  check_refused(head, "s.toml:8: ", "has no y");
  check_refused(head + "y = \"exact_match\"\ntheory = \"2*lg(n)\"\n",
                "s.toml:12: ", "no function lg");
  check_refused(head + "y = \"exact_match\"\nlog_x = 1\n", "s.toml:12: ", "true or false");
  check_refused(with("[[figure]]\nname = \"../f\"\nx = \"base\"\ny = \"base\""),
                "s.toml:9: ", "it names files");
}

TEST_CASE("shards split the cells among them") {
  const Study s = study(R"([[sweep]]
kind = "accuracy"
model = ["add_log", "add_constant"]
base = 2
length = "1..11"
arithmetic = "fp16"
)");
  std::multiset<std::string> all;
  for (int i = 1; i <= 4; ++i) {
    for (const Work& w : work_of(s, {i, 4})) {
      all.insert(w.content);
    }
  }
  CHECK(all.size() == 22);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 22);
  for (const char* bad : {"0/4", "5/4", "1", "1/0", "a/b", "1/4x", "-1/4"}) {
    CHECK_THROWS_AS(parse_shard(bad), BadInput);
  }
  CHECK(parse_shard("3/8").number == 3);
}

namespace {

/// add_log for six binary digits as saved weights, in a folder that goes with the object.
class SavedAdder {
 public:
  SavedAdder() {
    const Task task = Task::add(2, 6);
    TaskNote note;
    note.task = "add";
    note.base = 2;
    note.length = 6;
    save_model(folder_.path() / "adder",
               constructions::build(constructions::construction("add_log"), task,
                                    Arithmetic::uniform(Format::parse("fp32")))
                   .weights,
               Dtype::f64, note);
  }
  std::filesystem::path folder() const {
    std::filesystem::create_directories(folder_.path() / "beside");
    return folder_.path();
  }
  Study study(const std::string& sweep) const {
    return parse_study("[[sweep]]\nmodel = { weights = \"adder\" }\n" + sweep, "s.toml",
                       folder_.path());
  }
  std::string refusal(const std::string& sweep) const {
    try {
      (void)study(sweep);
    } catch (const BadInput& error) {
      return error.what();
    }
    return "";
  }

 private:
  tests::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("saved weights say their task; lengths and roles make cells, and content names them") {
  const SavedAdder adder;
  const Study s = adder.study(
      "kind = \"kept_width\"\nrole = [\"weights\", \"all\"]\noperand_digits = \"2..9\"\n"
      "keep = 0.95\ninputs = { sampled = 20, sampling = \"carry_heavy\" }\n"
      "arithmetic = [\"fixed\", \"float:e5\", \"float*\"]\n");
  REQUIRE(s.cells.size() == 3 * 2 * 5);  // 7, 8 and 9 digits are beyond the model
  CHECK(s.cells[0].cell.task.name() == "add:p2.n6");
  CHECK(s.cells[0].cell.role == RoundedRole::weights);
  CHECK(s.cells[5].cell.role == RoundedRole::all);
  CHECK(s.cells[4].cell.inputs.operand_digits == 6);
  CHECK(s.cells[0].cell.keep_millionths == 950'000);
  CHECK(s.cells[0].cell.max_width == 32);
  CHECK(s.cells[10].cell.max_width == 29);
  CHECK(s.cells[20].cell.max_width == 24);
  CHECK(s.cells[0].columns.at("operand_digits") == 2);
  CHECK(s.cells[0].columns.at("inputs") == "sampled 20 carry_heavy");
  CHECK(s.cells[0].columns.at("role") == "weights");
  CHECK(s.cells[0].columns.at("keep") == "0.95");
  std::set<std::string> contents;
  for (const PlannedCell& c : s.cells) contents.insert(content(c.cell));
  CHECK(contents.size() == s.cells.size());
  // Another share is another question.
  const Study other = adder.study(
      "kind = \"kept_width\"\nrole = \"weights\"\noperand_digits = 2\n"
      "inputs = { sampled = 20, sampling = \"carry_heavy\" }\n");
  CHECK_FALSE(contents.contains(content(other.cells.at(0).cell)));
  // A study in a folder beside the models calls them by their own folders.
  const Study beside = parse_study(
      "[[sweep]]\nkind = \"kept_width\"\nmodel = { weights = \"../adder\" }\ninputs = { sampled = "
      "2 }\n",
      "s.toml", adder.folder() / "beside");
  CHECK(beside.cells.at(0).columns.at("model") == "adder");
  // Lengths of their own also for accuracy, and the presets beside plain formats.
  const Study accuracy = adder.study(
      "kind = \"accuracy\"\narithmetic = [\"torch-bf16\", \"bf16\"]\noperand_digits = [1, "
      "6]\ninputs = \"exhaustive\"\n");
  REQUIRE(accuracy.cells.size() == 4);
  CHECK(accuracy.cells[0].cell.arithmetic.accumulator.format.name() == "float:e8.m23");
  CHECK(accuracy.cells[2].cell.arithmetic.accumulator.format.name() == "float:e8.m7");
}

TEST_CASE("what saved weights are not asked") {
  const SavedAdder adder;
  const auto said = [&](const std::string& sweep, const std::string& what) {
    const std::string message = adder.refusal(sweep);
    INFO(message);
    CHECK(message.starts_with("s.toml:"));
    CHECK(message.find(what) != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
  };
  const std::string kept = "kind = \"kept_width\"\n";
  said("kind = \"width\"\n", "saved weights have no width");
  said(kept + "length = 6\n", "length: these weights say their own");
  said(kept + "role = \"weight\"\n", "did you mean weights?");
  said(kept + "keep = 2\n", "at most 1");
  said(kept + "keep = \"most\"\n", "keep: a number is accepted");
  said(kept + "operand_digits = 7\ninputs = { sampled = 5 }\n", "operands of 1 to 6 digits");
  said(kept + "operand_digits = 3\n", "with operand_digits, exhaustive and");
  said(kept + "inputs = \"certified\"\n", "certified is for constructions");
  said(kept + "inputs = { sampled = 5, sampling = \"lengths\" }\noperand_digits = 3\n", "lengths");
  said("kind = \"accuracy\"\narithmetic = \"fp32\"\nrole = \"all\"\n",
       "role is for cells of kind kept_width");
  check_refused("[[sweep]]\nkind = \"kept_width\"\nmodel = \"add_log\"\nlength = 2\n",
                "s.toml:3: ", "kept_width is asked of saved weights");
}

TEST_CASE("a kept_width cell answers with both ends, and its table has the columns that it needs") {
  const SavedAdder adder;
  const Study s = adder.study(
      "kind = \"kept_width\"\nrole = \"weights\"\noperand_digits = 2\ninputs = \"exhaustive\"\n"
      "arithmetic = { family = \"float:e8\", max_width = 12 }\n");
  const auto row = answer(s.cells.at(0).cell);
  CHECK(row.at("evidence") == "exhaustive");
  CHECK(row.at("problems") == 4);
  CHECK(row.at("fp32_right") == 4);
  const Table table = cells_table(std::vector<ResultRow>{{s.cells[0].columns, row}});
  CHECK(table.at(0, "operand_digits") == "2");
  CHECK(table.at(0, "role") == "weights");
  CHECK(table.at(0, "first_width_bits") != "");
  CHECK(table.at(0, "required_width_bits") != "");
  // A study without such cells has no such columns; beside them a row without a length has n.
  const Study plain_study = study(plain);
  const ResultRow usual{plain_study.cells.at(1).columns, answer(plain_study.cells.at(1).cell)};
  CHECK(cells_table(std::vector<ResultRow>{usual}).find("operand_digits") == -1);
  const Table both = cells_table(std::vector<ResultRow>{{s.cells[0].columns, row}, usual});
  CHECK(both.at(1, "operand_digits") == "4");
  CHECK(both.at(1, "role").empty());
}
