#pragma once
// iter_add_log as a program under construction: iter_add_log.cpp says what it computes and why, its tokens (what every
// token knows of itself) and its layers have a file each.

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/constructions/iter_add_log_floor.hpp"
#include "arith_tasks/constructions/iter_add_log_sizes.hpp"
#include "arith_tasks/constructions/roles.hpp"

namespace carrybit::constructions {

class IteratedAdder {
 public:
  IteratedAdder(const Task& task, const Options& options, const Setting& setting)
      : size_(task),
        gated_(is_gated(options)),
        halved_(is_halved(options)),
        phi_(options.phi >= 0                          ? options.phi
             : setting.normalise == Normalise::weights ? size_.kappa
                                                       : 0),
        psi_(std::min(phi_, size_.mu)),
        column_code_(size_.n, radix_of(options)),
        group_code_(size_.groups, radix_of(options)),
        program_("iter_add_log", task, setting) {
    program_.need_fraction_bits(phi_);
  }

  Program write();

 private:
  Channel bit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::bit(), std::move(meaning));
  }
  /// A sum 0..top, kept in units of 2^-bits.
  Channel amount(std::string name, double top, int bits, std::string meaning) {
    const double high = std::ldexp(top, -bits);
    return program_.channel(std::move(name),
                            bits == 0 ? Range::integers(0, high) : Range::reals(0, high),
                            std::move(meaning));
  }
  Group group(std::string_view name, std::string_view meaning) {
    return address_channels(program_, name, group_code_, meaning);
  }

  // What a mean over 2^kappa ties is given.
  double column_scale() const { return std::ldexp(1.0, size_.kappa - phi_); }
  double heaviest() const { return static_cast<double>(size_.high_digit()); }
  double quotients() const { return static_cast<double>(size_.quotient_top()); }
  double block() const { return static_cast<double>(size_.block); }
  double carried() const { return static_cast<double>(size_.carried_top()); }
  /// R_t, and v_t later.
  Form block_sum() const { return std::ldexp(1.0, psi_) * Form(sum_); }
  Form previous_sum() const { return std::ldexp(1.0, psi_) * Form(previous_sum_); }
  /// A bound, generously, of the means that rows without a part in a head come by.
  double garbage() const {
    return 8 * (size_.p - 1) * heaviest() * std::ldexp(1.0, size_.kappa + size_.mu);
  }

  // Channels, and what tokens and positions write into them.
  void declare_columns();
  void declare_blocks();
  void declare_answers();
  void write_columns();
  void write_digit(int position, int j, bool last);
  void write_blocks();
  void put_key(int position, int t);
  void write_representative(int position, int t);
  void write_answers();

  // Layers, from the first to the last.
  void weigh_digits();
  void sum_columns();
  void sum_blocks();
  void fetch_block(const std::string& name, const Group& query, Channel out);
  void reduce_blocks();
  void divide_sum(const std::string& name, const Form& argument, const Form& value);
  void divide(const Floor& spec, const Form& half);
  void find_above();
  void bring_together();
  void add_carry();
  void take_digit();
  void divide_answer(const std::string& name, Channel half, const Form& value);

  IterAddSizes size_;
  bool gated_;
  bool halved_;
  int phi_;  // fraction bits of column sums
  int psi_;  // and of block sums
  AddressCode column_code_, group_code_;
  Program program_;
  Channel one_, digit_, weight_, weighed_, not_last_, column_flag_, not_column_, sums_column_,
      column_sum_, weighed_sum_;
  Channel block_flag_, not_block_, stands_, not_standing_, not_source_, sentinel_, rank_, sum_,
      previous_sum_, g_, pr_;
  Channel answers_, half_, half_next_, inside_, z_, s_;
  FloorTable table_;
  Group column_, own_column_, in_block_, own_, previous_, next_, w_, v_, wanted_, up_;
  std::vector<Channel> below_, out_;
};

}  // namespace carrybit::constructions
