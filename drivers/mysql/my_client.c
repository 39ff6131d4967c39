/* TCP_KEEPIDLE and its kin are not POSIX. */
#define _DEFAULT_SOURCE

#include "mysql/my_conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

/* char in MariaDB's library, bool in Oracle's. */
typedef __typeof__(*((MYSQL_BIND *)0)->is_null) flag;

/* What both libraries trust when the user names no authority. */
static const char ca_bundle[] = "/etc/ssl/certs/ca-certificates.crt";

/* -- LOAD DATA LOCAL: the server asks for a file, whatever the statement said, and gets none ----------- */

static int
refuse_file(void **file, const char *name, void *context)
{
    (void)name;
    (void)context;
    *file = NULL;
    return 1;
}

static int
read_nothing(void *file, char *out, unsigned len) /* NOLINT(readability-non-const-parameter) */
{
    (void)file;
    (void)out;
    (void)len;
    return -1;
}

static void
end_nothing(void *file)
{
    (void)file;
}

static int
explain_refusal(void *file, char *out, unsigned len)
{
    (void)file;
    snprintf(out, len, "files of this machine are not sent to the server");
    return 2068; /* CR_LOAD_DATA_LOCAL_INFILE_REJECTED */
}

/* -- what differs between the libraries ---------------------------------------------------------------- */

static enum tls_mode
effective_tls(const struct target *target)
{
    if (target->tls == TLS_UNSET) {
        return target_is_local(target) ? TLS_OFF : TLS_VERIFY;
    }
    return target->tls;
}

const char *
client_weakness(const struct target *target)
{
    if (target_is_local(target)) {
        return "";
    }
    switch (effective_tls(target)) {
    case TLS_REQUIRED:
        return "tls=required encrypts the connection but does not check who the server is";
    case TLS_OFF:
        return "tls=off sends everything in the clear";
    case TLS_UNSET:
    case TLS_VERIFY:
        break;
    }
    return "";
}

#ifdef LIBMARIADB

static void
set_protection(MYSQL *mysql, enum tls_mode tls)
{
    flag enforce = tls == TLS_VERIFY || tls == TLS_REQUIRED;
    flag verify = tls == TLS_VERIFY;
    flag yes = 1;
    (void)mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    (void)mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    (void)mysql_optionsv(mysql, MYSQL_SECURE_AUTH, &yes);
    /* Neither passwords in the clear nor their oldest hash. */
    (void)mysql_optionsv(mysql, MARIADB_OPT_RESTRICTED_AUTH,
                         "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec,"
                         "auth_gssapi_client");
}

#else

static void
set_protection(MYSQL *mysql, enum tls_mode tls)
{
    static const enum mysql_ssl_mode modes[] = {[TLS_VERIFY] = SSL_MODE_VERIFY_IDENTITY,
                                                [TLS_REQUIRED] = SSL_MODE_REQUIRED,
                                                [TLS_OFF] = SSL_MODE_DISABLED};
    unsigned mode = modes[tls];
    flag yes = 1;
    (void)mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
    if (tls == TLS_OFF) { /* the password is encrypted by the server's key then */
        (void)mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &yes);
    }
}

#endif

/* -- connecting ---------------------------------------------------------------------------------------- */

static void
set_tls(MYSQL *mysql, const struct target *target, enum tls_mode tls)
{
    const char *ca = target->tls_ca[0] == '\0' && tls == TLS_VERIFY ? ca_bundle : target->tls_ca;
    if (tls == TLS_OFF) {
        set_protection(mysql, tls);
        return;
    }
    if (ca[0] != '\0') {
        (void)mysql_options(mysql, MYSQL_OPT_SSL_CA, ca);
    }
    if (target->tls_cert[0] != '\0') {
        (void)mysql_options(mysql, MYSQL_OPT_SSL_CERT, target->tls_cert);
    }
    if (target->tls_key[0] != '\0') {
        (void)mysql_options(mysql, MYSQL_OPT_SSL_KEY, target->tls_key);
    }
    (void)mysql_options(mysql, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
    set_protection(mysql, tls);
}

static void
set_options(MYSQL *mysql, const struct target *target, const struct conn_params *params)
{
    unsigned off = 0;
    flag no = 0;
    unsigned long packet = 1ul << 30;
    unsigned connect_s = (params->connect_timeout_ms + 999) / 1000;
    /* "localhost" with a port means that port, not the socket. */
    unsigned protocol = MYSQL_PROTOCOL_TCP;
    (void)mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    (void)mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_set_local_infile_handler(mysql, refuse_file, read_nothing, end_nothing, explain_refusal, NULL);
    (void)mysql_options(mysql, MYSQL_ENABLE_CLEARTEXT_PLUGIN, &no);
    (void)mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
    (void)mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
                         str_is_empty(params->application) ? "rollcall" : params->application);
    if (connect_s > 0) {
        (void)mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    }
    if (target->socket[0] == '\0' && target->port != 0) {
        (void)mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    }
}

/* A peer that vanished is noticed after two minutes, not after two hours. */
static void
set_keepalive(MYSQL *mysql)
{
    int on = 1;
    int idle = 60;
    int interval = 10;
    int count = 6;
    int fd = (int)mysql->net.fd;
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static const char *
null_if_empty(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

enum status
client_connect(const struct target *target, const struct conn_params *params, MYSQL **out, struct err *err)
{
    enum tls_mode tls = effective_tls(target);
    MYSQL *mysql = mysql_init(NULL);
    *out = NULL;
    require(mysql != NULL);
    set_options(mysql, target, params);
    set_tls(mysql, target, tls);
    /* FOUND_ROWS: an UPDATE counts the rows it found, as on every other engine. MULTI_RESULTS is for CALL;
     * MULTI_STATEMENTS is never set, so that the server itself refuses a second statement. */
    if (mysql_real_connect(mysql, null_if_empty(target->host), null_if_empty(target->user), target->password,
                           null_if_empty(target->database), target->port, null_if_empty(target->socket),
                           CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS) == NULL) {
        enum status status = raise_connect(mysql, target, err);
        mysql_close(mysql);
        return status;
    }
    if (tls != TLS_OFF && mysql_get_ssl_cipher(mysql) == NULL) {
        mysql_close(mysql);
        return err_raise(err, STATUS_CONNECT, "the connection is not encrypted");
    }
    set_keepalive(mysql);
    *out = mysql;
    return STATUS_OK;
}
