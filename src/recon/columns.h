/* Columns of a check's query: found by name, and fit for exact sums. */
#ifndef RECON_COLUMNS_H
#define RECON_COLUMNS_H

#include "recon/check_file.h"
#include "recon/rows.h"

/* "FILE:LINE: check 'NAME', side 'left'". Arena. */
const char *check_place(const struct check *check, size_t side, struct arena *arena);

/* By name, without regard to case; else as rows_same_name has it. USAGE with the nearest name, or all. */
enum status columns_find(const struct check *check, size_t side, const struct rows_source *source,
                         const char *name, size_t *out, struct err *err) MUST_USE;

/* USAGE when values of that column do not add up exactly: floats, and what is no number. */
enum status columns_check_sum(const struct check *check, size_t side, const struct rows_column *column,
                              struct err *err) MUST_USE;
/* USAGE when it can hold no time with a date. */
enum status columns_check_time(const struct check *check, size_t side, const struct rows_column *column,
                               struct err *err) MUST_USE;
/* As columns_check_sum, of a cell, where a database keeps floats in any column. NULL is fine. */
enum status columns_check_exact(const struct check *check, size_t side, const char *name, struct span cell,
                                struct err *err) MUST_USE;

#endif
