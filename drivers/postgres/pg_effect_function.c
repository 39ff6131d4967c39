#include "postgres/pg_effect.h"

#include <string.h>

/* Functions of the system's that change nothing and give the same value for every row of a statement.
 * What is not here counts as one that may do anything. */
static const char pure_names[] =
    " abbrev abs age area array_agg array_append array_cat array_dims array_fill array_length array_lower "
    "array_ndims "
    "array_position array_positions array_prepend array_remove array_replace array_to_json array_to_string "
    "array_upper ascii avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or btrim cardinality "
    "cbrt ceil "
    "ceiling char_length character_length chr coalesce col_description concat concat_ws convert convert_from "
    "convert_to corr count covar_pop covar_samp cume_dist current_catalog current_database current_role "
    "current_schema current_schemas current_setting current_user date date_bin date_part date_trunc "
    "daterange decode "
    "degrees dense_rank digest div encode enum_first enum_last enum_range every exp extract factorial "
    "first_value "
    "floor format format_type gcd generate_series generate_subscripts get_bit get_byte greatest "
    "has_column_privilege "
    "has_database_privilege has_function_privilege has_schema_privilege has_sequence_privilege "
    "has_table_privilege "
    "has_type_privilege hashtext hmac hstore initcap int4range int8range isempty isfinite json_agg "
    "json_array_elements "
    "json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text "
    "json_extract_path json_extract_path_text json_object json_object_agg json_object_keys "
    "json_populate_record "
    "json_populate_recordset json_strip_nulls json_to_record json_to_recordset json_typeof jsonb_agg "
    "jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object "
    "jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object "
    "jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query "
    "jsonb_path_query_array "
    "jsonb_path_query_first jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set "
    "jsonb_set_lax "
    "jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours "
    "justify_interval lag "
    "last_value lcm lead least left length ln log log10 lower lower_inc lower_inf lpad ltrim make_date "
    "make_interval "
    "make_time make_timestamp make_timestamptz max md5 min mod mode normalize now nth_value ntile nullif "
    "num_nonnulls "
    "num_nulls numrange obj_description octet_length overlaps overlay parse_ident percent_rank "
    "percentile_cont "
    "percentile_disc pg_client_encoding pg_column_size pg_get_constraintdef pg_get_expr pg_get_functiondef "
    "pg_get_indexdef pg_get_serial_sequence pg_get_triggerdef pg_get_userbyid pg_get_viewdef "
    "pg_is_in_recovery "
    "pg_size_pretty pg_table_is_visible pg_typeof phraseto_tsquery pi plainto_tsquery pow power quote_ident "
    "quote_literal quote_nullable radians range_agg range_merge rank regexp_count regexp_instr regexp_like "
    "regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr "
    "repeat "
    "replace reverse right round row_number row_to_json rpad rtrim scale session_user set_bit set_byte "
    "setweight "
    "sha224 sha256 sha384 sha512 sign similarity split_part sqrt starts_with statement_timestamp stddev "
    "stddev_pop "
    "stddev_samp string_agg string_to_array string_to_table strpos substr substring sum tan timezone to_char "
    "to_date "
    "to_hex to_json to_jsonb to_number to_regclass to_regnamespace to_regproc to_regprocedure to_regrole "
    "to_regtype "
    "to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trunc tsrange ts_headline "
    "ts_rank "
    "ts_rank_cd tstzrange txid_current_snapshot unaccent unistr unnest upper upper_inc upper_inf var_pop "
    "var_samp "
    "variance version websearch_to_tsquery width_bucket xmlagg xpath xpath_exists ";

/* These change nothing either, but differ from row to row. */
static const char restless_names[] =
    " clock_timestamp crypt currval gen_random_bytes gen_random_uuid gen_salt lastval pg_advisory_lock "
    "pg_advisory_unlock pg_advisory_xact_lock pg_database_size pg_indexes_size pg_relation_size pg_sleep "
    "pg_sleep_for pg_table_size pg_total_relation_size pg_try_advisory_lock pg_try_advisory_xact_lock random "
    "random_normal timeofday txid_current pg_current_xact_id uuid_generate_v1 uuid_generate_v1mc "
    "uuid_generate_v4 "
    "uuidv4 uuidv7 ";

static bool
is_among(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = strstr(names, name); len > 0 && at != NULL; at = strstr(at + 1, name)) {
        if (at[-1] == ' ' && at[len] == ' ') {
            return true;
        }
    }
    return false;
}

/* The plain name of a function of the system's, "" when it names a schema of its own. */
static const char *
plain_name(const json_t *call)
{
    const json_t *name = json_object_get(call, "funcname");
    size_t n = json_array_size(name);
    const char *schema = n == 2 ? pg_text(pg_node_body(json_array_get(name, 0)), "sval") : "pg_catalog";
    if (n == 0 || n > 2 || !str_eq(schema, "pg_catalog")) {
        return "";
    }
    return pg_text(pg_node_body(json_array_get(name, n - 1)), "sval");
}

static bool
is_steady_call(void *context, const json_t *call)
{
    (void)context;
    return is_among(pure_names, plain_name(call));
}

bool
pg_is_volatile(const json_t *expression)
{
    return !pg_each(expression, "FuncCall", is_steady_call, NULL);
}

static bool
is_harmless_call(void *context, const json_t *call)
{
    (void)context;
    const char *name = plain_name(call);
    return is_among(pure_names, name) || is_among(restless_names, name);
}

bool
pg_is_harmless(const json_t *tree)
{
    return pg_each(tree, "FuncCall", is_harmless_call, NULL);
}
