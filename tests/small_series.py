"""A series small enough to know by heart: A got rid of all drugs, B still takes prednisolone, C has next to nothing."""

from casekit import records

PATIENTS = """\
patient_id,disease,subtype,sex,age_years,last_known_day,end_reason
A,SLE,<b>nephritis</b>,female,30,200,data cut
B,SLE,,male,41,100,
C,SSc,,unknown,,40,death
"""
TREATMENTS = """\
patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day
A,azathioprine,immunosuppressant,100,mg,daily,oral,-900,-500
A,mycophenolate_mofetil,immunosuppressant,1000,mg,twice daily,oral,-400,-30
A,prednisolone,glucocorticoid,10,mg,daily,oral,-300,-20
A,prednisolone,glucocorticoid,5,mg,daily,oral,-19,-3
A,cotrimoxazole,anti_infective,960,mg,daily,oral,-5,100
A,fludarabine,lymphodepletion,25,mg/m2,daily,iv,-5,-3
A,cd19_car_t,car_t,1000000,cells/kg,once,iv,0,0
B,cd19_car_t,car_t,,,once,iv,0,0
B,prednisolone,glucocorticoid,5,mg,daily,oral,-50,
C,cd19_car_t,car_t,,,once,iv,0,0
"""
MEASUREMENTS = """\
patient_id,day,variable,value,comparator,unit,lower,upper,origin
A,-5,cd19_b_cells_per_ul,100,,/uL,100,500,flow
A,3,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
A,70,cd19_b_cells_per_ul,0.1,<,/uL,100,500,flow
A,83,cd19_b_cells_per_ul,20,,/uL,100,500,flow
A,-5,anti_dsdna_iu_ml,400,,IU/mL,,30,first laboratory
A,60,anti_dsdna_iu_ml,25,,IU/mL,,30,first laboratory
A,150,anti_dsdna_iu_ml,10,<,IU/mL,,20,second laboratory
A,60,c3_g_l,0.5,,g/L,0.9,1.8,first laboratory
B,-5,anti_dsdna_iu_ml,50,,IU/mL,,,first laboratory
"""
EVENTS = """\
patient_id,kind,name,start_day,end_day,ongoing,grade,grade_system,outcome
A,adverse_event,crs,5,7,no,1,ASTCT 2019,resolved
A,adverse_event,neutropenia,7,20,no,3,CTCAE 5.0,resolved
A,hospitalisation,hospital_stay_infusion,-6,12,no,,,
A,hospitalisation,hospital_stay_infection,101,108,no,,,
B,infection,covid_19,90,,yes,2,CTCAE 5.0,
"""


def small(synthetic=True, **tables):
    """The small series, with single tables replaced."""
    texts = {"patients": PATIENTS, "treatments": TREATMENTS, "measurements": MEASUREMENTS, "events": EVENTS, **tables}
    return records.from_text({"synthetic": synthetic, "title": "Small"}, **texts)


def bare():
    """The same patients with nothing known but the infusion."""
    infusions = "\n".join(line for line in TREATMENTS.splitlines() if "car_t" in line or "drug" in line)
    return records.from_text(patients=PATIENTS, treatments=infusions)
