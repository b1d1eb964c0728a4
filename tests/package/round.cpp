#include <carrybit/precision/exact/exact.hpp>
#include <carrybit/precision/format.hpp>
#include <iostream>

int main() {
  const auto format = carrybit::Format::parse("bf16");
  const auto rounded = carrybit::exact::convert(carrybit::Number::from_double(0.1), {format});
  std::cout << "0.1 in " << format.name() << " is " << rounded.to_double() << '\n';
  return rounded.to_double() == 0.10009765625 ? 0 : 1;
}
