/* The reports for programs: top, tree, peek and tags as JSON and CSV. docs/EXPORT.md says what each
 * field means.
 *
 * Private to reader/export/. `int` results are 0, -ENOMEM, or -EINVAL with pprof's words in `why`.
 */
#ifndef CPPROF_READER_EXPORT_REPORTS_H
#define CPPROF_READER_EXPORT_REPORTS_H

#include "reader/export/table.h"
#include "reader/report/report.h"

typedef int export_report_fn(struct report *r, enum export_form form, FILE *to, char *why,
                             size_t why_bytes);
export_report_fn export_top, export_tree, export_tags;

/* ---- what they have in common, and diff with them */

/* A value after divide_by. */
int64_t export_value(const struct report *r, int64_t value);

/* Opens the document: which report, of which profile; fields of it may follow. */
void export_open(struct json *j, const struct report *r, const char *report);
/* Fields of the profile itself, in the object that is open. */
void export_profile(struct json *j, const struct report *r);

/* The fields that say which function a node is; `name` is node_name's. */
enum { NODE_FIELDS = 6 };
struct field *export_node_fields(struct field *at, const struct node_info *info, const char *name);
/* The fields that say what is counted, for CSV, which has no head. */
enum { TYPE_FIELDS = 2 };
struct field *export_type_fields(struct field *at, const struct report *r);

#endif
