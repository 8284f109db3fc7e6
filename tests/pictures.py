"""What the tests of the pictures of cells and safety share: frames and specifications of the shipped series."""

import json
from functools import cache

import casekit as ck
from casekit import catalogue
from casekit.charts.gallery import picture

EVENT_COLUMNS = "patient_id,kind,name,start_day,end_day,grade,grade_system\n"
COUNTS = """\
patient_id,day,variable,value,comparator,unit,lower,upper,origin
A,-5,cd19_b_cells_per_ul,100,,/uL,100,500,flow
A,3,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
A,70,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
A,83,cd19_b_cells_per_ul,20,,/uL,100,500,flow
B,-5,cd19_b_cells_per_ul,100,,/uL,100,500,flow
B,5,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
B,95,cd19_b_cells_per_ul,1,<,/uL,100,500,flow
"""


@cache
def frames_of(name):
    return picture(name).frames(ck.example())


@cache
def spec_of(name):
    return picture(name).chart(frames_of(name)).to_dict(validate=False)


def rows(frame, *columns, **where):
    """The rows of a frame as tuples, those with these values only."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return list(frame[list(columns)].itertuples(index=False, name=None))


def ids_shown(picture, frames):
    """Ids of the catalogue in the table beside a picture, where a reader expects names."""
    listed = {name for names in (catalogue.variables, catalogue.instruments, catalogue.drugs) for name in names().index}
    ids = {name for name in listed if "_" in name} | {"unknown", "car_t", "crs", "icans", "licats"}
    shown = frames.rows[list(frames.columns or picture.columns)]
    return sorted(ids & {value for column in shown for value in shown[column] if isinstance(value, str)})


def texts(spec):
    """All fixed words of a picture."""
    return json.dumps(spec, ensure_ascii=False)
