/* Values between an engine's cell and the canonical bytes. For canon_*.c only. */
#ifndef RECON_CANON_CORE_H
#define RECON_CANON_CORE_H

#include "base/vec.h"
#include "driver/cell.h"
#include "recon/canon.h"

enum canon_class {
    CLASS_NUMBER,  /* (-1)^is_negative * magnitude / 10^scale */
    CLASS_DIGITS,  /* the same with the magnitude's digits in `bytes`: more than 64 bits hold */
    CLASS_SPECIAL, /* number that is none: `special` */
    CLASS_DOUBLE,
    CLASS_SINGLE,
    CLASS_BOOL, /* magnitude */
    CLASS_TEXT,
    CLASS_BYTES,
    CLASS_UUID,     /* 16 bytes */
    CLASS_DATE,     /* days, or special */
    CLASS_TIME,     /* us */
    CLASS_TIMETZ,   /* us, seconds west in days */
    CLASS_CIVIL,    /* us, or special */
    CLASS_INSTANT,  /* us, or special */
    CLASS_INTERVAL, /* months, days, us */
    CLASS_ZERO_DATE,
    CLASS_BIT,  /* n_bits in `bytes`, right-aligned */
    CLASS_ARRAY /* PostgreSQL's binary form in `bytes` */
};

enum canon_special { SPECIAL_NONE = 0, SPECIAL_NAN = 4, SPECIAL_INFINITY = 5, SPECIAL_MINUS_INFINITY = 6 };

struct canon_value {
    enum canon_class class;
    enum canon_special special;
    bool is_negative;
    uint32_t scale;
    uint64_t magnitude;
    struct span bytes;
    double real;
    int64_t us;
    int32_t days;
    int32_t months;
    uint32_t n_bits;
    uint16_t year; /* of a date with zeros */
    uint8_t month;
    uint8_t day;
};

struct json_member {
    size_t at; /* of its encoded key in the output */
    size_t value_at;
    size_t end;
    size_t order;
};

/* Pairs of form and kind that make up most of most tables: their bytes are put without a value in between. */
enum canon_shortcut {
    SHORTCUT_NONE,
    SHORTCUT_INT,   /* pg.int2, pg.int4, pg.int8 as number */
    SHORTCUT_TEXT,  /* text as text, but for char(n) */
    SHORTCUT_UUID,  /* pg.uuid as uuid */
    SHORTCUT_BOOL,  /* pg.bool as bool */
    SHORTCUT_CIVIL, /* pg.timestamp as timestamp */
    SHORTCUT_INSTANT
};

struct canon_coder {
    enum canon_kind kind;
    enum canon_shortcut shortcut;
    const char *form;
    bool (*decode)(struct canon_coder *coder, struct cell *cell, struct canon_value *out);
    bool strips_blanks; /* char(n) */
    uint32_t bits;      /* of bit(n) */
    struct canon_coder *element;
    struct buf text;    /* digits and texts made for one value */
    struct buf inner;   /* payloads whose length comes before them */
    struct buf sorted;  /* members of an object, labels of a set, in order */
    struct buf members; /* struct json_member */
};

typedef bool canon_decode(struct canon_coder *coder, struct cell *cell, struct canon_value *out);

/* -- canon_decode.c: NULL when the form is not known */
canon_decode *canon_decoder(const char *form);

/* -- canon_number.c */
/* Shortest form: no zeros at the end behind the point. */
void number_normalise(struct canon_value *value);
/* False: the text is no number. */
bool number_read(struct canon_coder *coder, struct span text, struct canon_value *out);
/* From two runs of digits, before and behind the point, and a power of ten. */
bool number_from_digits(struct canon_coder *coder, bool is_negative, struct span whole, struct span behind,
                        int64_t power, struct canon_value *out);
/* The shortest decimal that reads back to the same float. */
void number_from_real(struct canon_coder *coder, double real, bool is_single, struct canon_value *out);
double number_to_real(struct canon_coder *coder, const struct canon_value *value);

/* -- canon_read.c: other values from text; false: it is none */
int64_t days_of_date(int64_t year, unsigned month, unsigned day);
bool date_read(struct span text, struct canon_value *out);
/* `zones`: a zone may stand behind it, else it must not. */
bool stamp_read(struct span text, bool zones, struct canon_value *out);
bool time_read(struct span text, struct canon_value *out);
bool interval_read(struct span text, struct canon_value *out);
bool uuid_read(struct canon_coder *coder, struct span text, struct canon_value *out);
bool bits_read(struct canon_coder *coder, struct span text, struct canon_value *out);

/* -- canon_put.c */
void put_length(struct buf *out, size_t len);
void put_tagged(struct buf *out, unsigned char tag, struct span payload);
/* As what it is. */
void put_natural(struct canon_coder *coder, const struct canon_value *value, struct buf *out);
void put_number(const struct canon_value *value, struct buf *out);
/* As a value of the coder's kind, or odd. */
bool put_as_kind(struct canon_coder *coder, const struct canon_value *value, struct buf *out);

/* -- canon_json.c: false when the text is no JSON */
bool put_json(struct canon_coder *coder, struct span text, struct buf *out);

/* -- canon_array.c: false when the bytes are no array */
bool put_array(struct canon_coder *coder, struct span bytes, bool as_json, struct buf *out);

/* The elements as struct span, for a set; false, too, when there is a NULL or a second dimension. */
bool array_labels(struct span bytes, struct buf *out);

#endif
