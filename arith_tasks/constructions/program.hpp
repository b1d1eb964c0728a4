#pragma once
// A construction is a program: channels with ranges, what the tables write into them, and layers of
// heads and FFN units, mostly added through the primitives. compile.hpp makes plain weights of it.
//
// Besides the weights a program keeps one record for every primitive it used, with all parameters:
// the contracts that a certifier enumerates, and from which needs() computes the bits.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "arith_tasks/constructions/address.hpp"
#include "arith_tasks/constructions/and_unit.hpp"
#include "arith_tasks/constructions/floor.hpp"
#include "arith_tasks/constructions/form.hpp"
#include "arith_tasks/constructions/match.hpp"
#include "arith_tasks/constructions/mean.hpp"
#include "arith_tasks/constructions/near.hpp"
#include "arith_tasks/constructions/near_within.hpp"
#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/pick.hpp"
#include "arith_tasks/constructions/setting.hpp"
#include "arith_tasks/constructions/step.hpp"
#include "arith_tasks/constructions/tents.hpp"
#include "arith_tasks/constructions/times.hpp"
#include "arith_tasks/layout.hpp"
#include "arith_tasks/task.hpp"
#include "arith_tasks/vocabulary.hpp"

namespace carrybit::constructions {

/// One term of a score: its query form times its key form. The terms are added in order.
struct ScoreTerm {
  Form query;
  Form key;
  bool operator==(const ScoreTerm&) const = default;
};

struct Head {
  std::string name;
  std::vector<ScoreTerm> scores;
  std::vector<Fetch> values;
};

/// hidden = relu(form), or relu(form) * factor; each output gains weight * hidden.
struct Unit {
  Form form;
  std::optional<Form> factor;
  std::vector<Output> outputs;
};

struct Layer {
  std::vector<Head> heads;
  std::vector<Unit> units;
};

/// What is declared of a channel: its values on the rows where it is read and not masked. Elsewhere
/// it may hold garbage, which is finite.
struct ChannelInfo {
  std::string name;
  Range range;
  std::string meaning;
};

/// Units written out by hand, outside the primitives: what they ask for is stated by the program.
struct ByHand {
  std::string name;
  Needs asks;
  Place at = {};
};

using Primitive = std::variant<Match, Near, NearWithin, Floor, Uniform, Mean, Step, Spike, Tents,
                               And, Pick, Times, ByHand>;

class Program {
 public:
  Program(std::string name, const Task& task, const Setting& setting);

  const std::string& name() const { return name_; }
  const Task& task() const { return task_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const Setting& setting() const { return setting_; }
  /// Positions of a teacher-forced pass: 0..length()-1.
  int length() const { return task_.input_tokens(); }

  // Channels. Names are unique.
  Channel channel(std::string name, Range range, std::string meaning);
  /// `count` channels name.first, name.(first+1), ...
  std::vector<Channel> channels(std::string_view name, int count, Range range,
                                const std::string& meaning, int first = 0);
  const ChannelInfo& info(Channel channel) const { return channels_.at(index(channel)); }
  const std::vector<ChannelInfo>& all_channels() const { return channels_; }
  Channel find(std::string_view name) const;
  /// The range of a form, if its channels took their values independently.
  Range range(const Form& form) const;

  // Tables. A channel is written by the token table or by the position table, not by both, so that
  // their sum is exact. What is not written is 0.
  void token(Token token, Channel channel, double value);
  void position(int position, Channel channel, double value);
  /// The same value at every position (before exceptions are written).
  void everywhere(Channel channel, double value);
  /// Rows of the table of one channel: by token, by position; empty where it writes nothing.
  const std::vector<double>& token_row(Channel channel) const;
  const std::vector<double>& position_row(Channel channel) const;

  // Layers.
  void next_layer() { layers_.emplace_back(); }
  Layer& layer();
  const std::vector<Layer>& layers() const { return layers_; }
  /// Where the next unit would stand; close() counts the units added since.
  Place open_units();
  Place close(Place place);
  Place last_head();
  /// A unit of the current layer.
  void unit(Form form, std::vector<Output> outputs);
  void unit(Form form, Form factor, std::vector<Output> outputs);

  /// The channels that the output head reads: logit v = outputs[v], every other token 0.
  void answer(std::vector<Channel> outputs) { answer_ = std::move(outputs); }
  const std::vector<Channel>& answer() const { return answer_; }

  // Records.
  void record(Primitive primitive) { primitives_.push_back(std::move(primitive)); }
  const std::vector<Primitive>& primitives() const { return primitives_; }
  /// Every primitive's needs together.
  Needs needs() const;
  /// Fraction bits that this program asks for beyond its primitives.
  void need_fraction_bits(int bits) { fraction_bits_ = std::max(fraction_bits_, bits); }

 private:
  std::size_t index(Channel channel) const;

  std::string name_;
  Task task_;
  Vocabulary vocabulary_;
  Setting setting_;
  std::vector<ChannelInfo> channels_;
  std::map<std::string, Channel, std::less<>> by_name_;
  std::vector<std::vector<double>> token_rows_;
  std::vector<std::vector<double>> position_rows_;
  std::vector<Layer> layers_;
  std::vector<Channel> answer_;
  std::vector<Primitive> primitives_;
  int fraction_bits_ = 0;
};

/// The name a primitive was given, and where it stands.
const std::string& name(const Primitive& primitive);
const Place& place(const Primitive& primitive);
/// "MATCH", "NEAR", ...
std::string_view kind(const Primitive& primitive);

/// The program as text, one line a channel, head and group of units: what it reads like.
std::string listing(const Program& program);

}  // namespace carrybit::constructions
