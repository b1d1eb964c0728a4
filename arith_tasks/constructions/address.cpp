#include "arith_tasks/constructions/address.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

namespace {

// base^digits >= count, without overflow.
bool reaches(int base, int digits, int count) {
  std::int64_t power = 1;
  for (int i = 0; i < digits && power < count; ++i) power *= base;
  return power >= count;
}

}  // namespace

AddressCode::AddressCode(int count, int digits) : count_(count), digits_(digits) {
  if (count < 1 || digits < 1)
    throw std::logic_error(fmt::format("an address of {} places in {} digits", count, digits));
  while (!reaches(radix_, digits_, count_)) ++radix_;
}

AddressCode AddressCode::balanced_ternary(int count) {
  int digits = 1;
  while (!reaches(3, digits, count)) ++digits;
  AddressCode code(count, digits);
  code.radix_ = 3;
  return code;
}

int AddressCode::component(int place, int c) const {
  if (place < 0 || place >= count_ || c < 0 || c >= digits_)
    throw std::logic_error(
        fmt::format("component {} of place {}: {} places in {} digits", c, place, count_, digits_));
  for (int i = 0; i < c; ++i) place /= radix_;
  return place % radix_ - (radix_ - 1) / 2;
}

std::vector<Channel> Group::all() const {
  std::vector<Channel> both = components;
  both.insert(both.end(), squares.begin(), squares.end());
  return both;
}

Group address_channels(Program& program, std::string_view name, const AddressCode& code,
                       std::string_view meaning) {
  const double b = code.bound();
  Group group;
  for (int c = 0; c < code.digits(); ++c)
    group.components.push_back(program.channel(fmt::format("{}.{}", name, c),
                                               Range::integers(-b, b), std::string(meaning)));
  for (int c = 0; c < code.digits(); ++c)
    group.squares.push_back(program.channel(fmt::format("{}.{}^2", name, c),
                                            Range::integers(0, b * b), std::string(meaning)));
  return group;
}

void put_address(Program& program, int position, const Group& group, const AddressCode& code,
                 int place) {
  for (int c = 0; c < code.digits(); ++c) {
    const double value = code.component(place, c);
    const auto i = static_cast<std::size_t>(c);
    program.position(position, group.components.at(i), value);
    program.position(position, group.squares.at(i), value * value);
  }
}

}  // namespace carrybit::constructions
